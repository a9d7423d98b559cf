//! One operation on a server of its own: what is asked, what was expected, what came.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    accepted::{is_listed, meaningful, untried},
    answers::{self, Outcome},
    cases, cors,
    lab::Lab,
    ledger::Ledger,
    observed::{hidden, observation},
    oracle::Operation,
    request::Request,
    security,
};
use crate::{harness::Answer, proofs::report::Finding};

/// What the document lets one expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// It succeeds.
    Success,
    /// It is refused.
    Refusal,
    /// It is refused with this status where the operation declares it.
    Status(u16),
    /// It is not refused as malformed; whether it succeeds depends on more than its form.
    Understood,
    /// Any declared answer but a failure.
    Declared,
    /// It is refused if it is refused without any credential: where credentials are optional, a bad one may be
    /// passed over, but opens nothing.
    Unaided,
}

/// A change to a request.
pub type Edit = Box<dyn Fn(&mut Request)>;

/// A change to a request that succeeds, and what is then to be expected.
pub struct Case {
    /// What is done, for people.
    pub label: String,
    /// The fact of the document that is tried.
    pub at: String,
    /// The rule that a wrong answer breaks.
    pub rule: &'static str,
    /// What is expected.
    pub expect: Expect,
    /// The member of the body that is changed, if it is one.
    pub place: Option<String>,
    /// Which request is changed.
    pub base: Base,
    /// The change.
    pub edit: Edit,
}

/// Names a request that succeeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base {
    /// The index of the security requirement it fulfils.
    pub alternative: Option<usize>,
    /// The name of its body and the media type it is written in.
    pub body: Option<(&'static str, String)>,
}

/// A pair of requests that mean the same, or do not.
pub struct Pair {
    /// What the second does other than the first.
    pub label: String,
    /// The fact of the document that says so.
    pub at: String,
    /// Whether the answers are to be alike.
    pub alike: bool,
    /// Which request is changed.
    pub base: Base,
    /// The changes that give the one and the other.
    pub edits: [Edit; 2],
}

/// An operation being asked.
pub struct Probe<'a> {
    /// Which one.
    pub operation: &'a Operation,
    /// The server and what was made on it.
    pub lab: Lab,
    /// What was found.
    pub findings: Vec<Finding>,
    /// How many requests were sent.
    pub asked: usize,
    ledger: &'a mut Ledger,
    needed: BTreeSet<String>,
}

/// Asks everything about one operation.
pub async fn run(operation: &Operation, seed: u64, ledger: &mut Ledger) -> (Vec<Finding>, usize) {
    let mut probe = Probe::new(operation, Lab::new().await, ledger);
    probe.lab.asking().prepare(operation).await;
    let mut questions = cases::of(&mut probe.lab.asking(), operation).await;
    probe.findings.append(&mut questions.untried);
    let mut sound = Vec::new();
    for case in &questions.first {
        if probe.case(case).await {
            sound.push(&case.base);
        }
    }
    super::shuffle(&mut questions.then, seed);
    for case in &questions.then {
        if sound.contains(&&case.base) {
            probe.case(case).await;
        }
    }
    for pair in &questions.pairs {
        if sound.contains(&&pair.base) {
            probe.pair(pair).await;
        }
    }
    let preflight = cors::preflight(operation, &probe.lab.server).await;
    probe.findings.extend(preflight);
    probe.expired().await;
    probe.unneeded();
    (probe.findings, probe.asked)
}

impl<'a> Probe<'a> {
    /// Nothing asked yet.
    pub fn new(operation: &'a Operation, lab: Lab, ledger: &'a mut Ledger) -> Self {
        Self {
            operation,
            lab,
            findings: Vec::new(),
            asked: 0,
            ledger,
            needed: BTreeSet::new(),
        }
    }

    /// A request that succeeds.
    pub async fn base(&mut self, base: &Base) -> Request {
        self.lab.asking().succeeding(self.operation, base).await
    }

    /// Asks, and holds the answer against everything that the document declares for it.
    pub async fn send(&mut self, request: &Request) -> Answer {
        self.send_from([127, 0, 0, 1], request).await
    }

    /// The same from another address of this machine.
    pub async fn send_from(&mut self, source: [u8; 4], request: &Request) -> Answer {
        let address = self.lab.server.address();
        let answer = request.call().send_from(source, address).await;
        self.asked += 1;
        self.ledger.see(self.operation, &answer);
        let curl = request.curl(&self.lab.secrets());
        for finding in answers::check(self.operation, &answer) {
            self.findings.push(finding.curl(curl.clone()));
        }
        if answers::outcome(self.operation, &answer) == Outcome::Success {
            self.lab.asking().used(self.operation);
        }
        answer
    }

    /// Asks, and says whether the answer was as expected.
    async fn case(&mut self, case: &Case) -> bool {
        let mut request = self.base(&case.base).await;
        (case.edit)(&mut request);
        let expect = if case.expect == Expect::Unaided {
            self.unaided(&case.base).await
        } else {
            case.expect
        };
        self.expect(&request, case, expect).await
    }

    /// What a request may do whose credential is as good as none.
    async fn unaided(&mut self, base: &Base) -> Expect {
        let mut request = self.base(base).await;
        let operation = self.operation;
        let alternative = base
            .alternative
            .and_then(|index| operation.security.get(index));
        for (scheme, _) in alternative.into_iter().flat_map(|one| &one.schemes) {
            security::strip(&mut request, scheme);
        }
        let answer = self.send(&request).await;
        match answers::outcome(operation, &answer) {
            Outcome::Refusal => Expect::Refusal,
            Outcome::Success | Outcome::Failure => Expect::Declared,
        }
    }

    async fn expect(&mut self, request: &Request, case: &Case, expect: Expect) -> bool {
        let answer = self.send(request).await;
        let found = answers::outcome(self.operation, &answer);
        let declared = self.operation.statuses();
        let met = match expect {
            Expect::Success => found == Outcome::Success,
            Expect::Status(status) if declared.contains(&status) => answer.status == status,
            Expect::Refusal | Expect::Status(_) => found == Outcome::Refusal,
            Expect::Understood => {
                // There are no limits on rates here, so that nothing hides behind one.
                let malformed = matches!(answer.status, 400 | 413 | 415 | 429);
                let meaningful = malformed && answer.status == 400 && self.is_meaningful(case);
                found != Outcome::Failure && (!malformed || meaningful)
            }
            Expect::Declared | Expect::Unaided => found != Outcome::Failure,
        };
        if met {
            return true;
        }
        let expected = match expect {
            Expect::Success => "success".to_owned(),
            Expect::Refusal => "a refusal".to_owned(),
            Expect::Status(status) => format!("a refusal, {status} if declared"),
            Expect::Understood => "not malformed".to_owned(),
            Expect::Declared | Expect::Unaided => "no failure".to_owned(),
        };
        let message = format!("{}: {}", self.operation.id, case.label);
        let finding = Finding::new(case.rule, case.at.clone(), message)
            .sides(expected, hidden(&answer))
            .curl(request.curl(&self.lab.secrets()));
        self.findings.push(finding);
        false
    }

    fn is_meaningful(&mut self, case: &Case) -> bool {
        let Some(place) = &case.place else {
            return false;
        };
        let is_meaningful = is_listed(&meaningful(), &self.operation.id, place);
        if is_meaningful {
            self.needed.insert(place.clone());
        }
        is_meaningful
    }

    fn unneeded(&mut self) {
        for (operation, place, reason) in meaningful() {
            if operation == self.operation.id && !self.needed.contains(place) {
                let message = format!("{operation}: no value of {place} is refused ({reason})");
                let at = format!("{}/requestBody", self.operation.node.at);
                self.findings
                    .push(Finding::new("live-exception", at, message));
            }
        }
    }

    async fn pair(&mut self, pair: &Pair) {
        let mut seen = Vec::new();
        // The first twice: what differs between the two differs every time.
        for edit in [&pair.edits[0], &pair.edits[0], &pair.edits[1]] {
            let mut request = self.base(&pair.base).await;
            edit(&mut request);
            let aftermath = self.lab.aftermath(self.operation, &mut request).await;
            let answer = self.send(&request).await;
            let mut shown = observation(&answer);
            shown.push((
                "after".to_owned(),
                aftermath.look(&self.lab, self.operation).await,
            ));
            seen.push((request, shown));
        }
        let [(_, first), (_, again), (request, second)] = seen.as_slice() else {
            return;
        };
        let differing = |one: &[(String, Value)], other: &[(String, Value)]| -> BTreeSet<String> {
            let only = |a: &[(String, Value)], b: &[(String, Value)]| -> Vec<String> {
                let missing = a.iter().filter(|entry| !b.contains(entry));
                missing.map(|(at, _)| at.clone()).collect()
            };
            only(one, other)
                .into_iter()
                .chain(only(other, one))
                .collect()
        };
        let volatile = differing(first, again);
        let differs: Vec<String> = differing(first, second)
            .difference(&volatile)
            .cloned()
            .collect();
        if differs.is_empty() == pair.alike {
            return;
        }
        let message = format!("{}: {}", self.operation.id, pair.label);
        let (expected, found) = if pair.alike {
            ("alike", format!("they differ in {}", differs.join(", ")))
        } else {
            ("a difference", "none".to_owned())
        };
        let finding = Finding::new("live-alike", pair.at.clone(), message)
            .sides(expected, found)
            .curl(request.curl(&self.lab.secrets()));
        self.findings.push(finding);
    }

    /// Credentials that were good once, long ago.
    async fn expired(&mut self) {
        if self.operation.is_optional() {
            return;
        }
        let mut requests = Vec::new();
        for base in cases::bases(&mut self.lab.asking(), self.operation).await {
            let alternative = base
                .alternative
                .and_then(|index| self.operation.security.get(index));
            for (scheme, _) in alternative.into_iter().flat_map(|one| &one.schemes) {
                let at = alternative.map_or_else(String::new, |one| one.at.clone());
                requests.push((self.base(&base).await, at, scheme.name.clone()));
                // Each has a credential of its own: one request may end what it was asked with.
                self.lab.asking().used(self.operation);
            }
        }
        self.lab.outlive();
        for (request, at, scheme) in requests {
            if is_listed(&untried(), &scheme, "expired") {
                let ended = self.send(&request).await.status == 401;
                self.findings
                    .extend(security::untried(&scheme, "expired", &at, ended));
                continue;
            }
            let case = Case {
                label: format!("{scheme} expired"),
                at,
                rule: "live-security",
                expect: Expect::Status(401),
                place: None,
                base: Base::default(),
                edit: Box::new(|_| ()),
            };
            self.expect(&request, &case, case.expect).await;
        }
    }
}
