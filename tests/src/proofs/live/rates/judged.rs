//! Requests sent until an allowance is spent, and what each answer says about it.

use super::{
    super::{
        answers::{Outcome, outcome},
        observed::hidden,
        oracle::join,
        request::Request,
    },
    Count, ELSEWHERE, LARGEST, WINDOW_SECS,
};
use crate::{harness::Answer, proofs::report::Finding};

impl Count<'_> {
    /// Sends requests until one is over the allowance; says whether that was the one that had to be.
    pub(super) async fn spend(
        &mut self,
        requests: &[Request],
        at: &str,
        allowed: u32,
        whose: &str,
        expected: Outcome,
    ) -> bool {
        let operation = self.probe.operation;
        let mut passed = 0;
        for request in requests {
            let answer = self.probe.send(request).await;
            if answer.status == 429 {
                self.says_when(request, &answer);
                break;
            }
            if outcome(operation, &answer) != expected {
                let message = format!("{}: request {} of {whose}", operation.id, passed + 1);
                let expected = format!("{expected:?}");
                self.find(at, message, (&expected, &hidden(&answer)), Some(request));
                return false;
            }
            passed += 1;
        }
        match requests.last() {
            Some(request) => self.is_allowed(request, at, passed, allowed, whose),
            None => false,
        }
    }

    /// Whether as many passed as the documented bucket lets pass.
    pub(super) fn is_allowed(
        &mut self,
        request: &Request,
        at: &str,
        passed: u32,
        allowed: u32,
        whose: &str,
    ) -> bool {
        if passed == allowed {
            return true;
        }
        let id = &self.probe.operation.id;
        let expected = format!("{allowed}, as {} has", self.bucket);
        if passed > LARGEST {
            let message = format!("{id}: requests of {whose} are not counted together");
            self.find(at, message, (&expected, "no refusal"), Some(request));
        } else {
            let message = format!("{id}: requests of {whose} are counted in another bucket");
            let at = self.bucket_at();
            self.find(
                &at,
                message,
                (&expected, &passed.to_string()),
                Some(request),
            );
        }
        false
    }

    /// A refusal for a rate says when to come back.
    fn says_when(&mut self, request: &Request, answer: &Answer) {
        let operation = self.probe.operation;
        let declared = operation.response(429).is_some_and(|response| {
            let headers = response.children("headers");
            headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("retry-after"))
        });
        let sent = answer.header_all("retry-after").join(", ");
        if !declared || sent.parse() != Ok(WINDOW_SECS) {
            let at = join(&operation.responses(), "429");
            let message = format!("{}: Retry-After of a refusal for a rate", operation.id);
            let expected = format!("declared, and {WINDOW_SECS}");
            self.find(&at, message, (&expected, &sent), Some(request));
        }
    }

    pub(super) async fn is_over(&mut self, request: &Request, at: &str, who: &str) {
        let answer = self.probe.send(request).await;
        if answer.status != 429 {
            let message = format!(
                "{}: {who}, when the allowance is spent",
                self.probe.operation.id
            );
            self.find(at, message, ("429", &hidden(&answer)), Some(request));
        }
    }

    pub(super) async fn passes(
        &mut self,
        request: &Request,
        at: &str,
        who: &str,
        expected: Outcome,
    ) {
        let answer = self.probe.send(request).await;
        let found = outcome(self.probe.operation, &answer);
        if answer.status == 429 || found != expected {
            let message = format!(
                "{}: {who}, when the allowance of others is spent",
                self.probe.operation.id
            );
            let expected = format!("{expected:?}");
            self.find(at, message, (&expected, &hidden(&answer)), Some(request));
        }
    }

    pub(super) async fn passes_elsewhere(&mut self, request: &Request, at: &str) {
        let answer = self.probe.send_from(ELSEWHERE, request).await;
        if answer.status == 429 {
            let id = &self.probe.operation.id;
            let message = format!("{id}: an address pays for what others do");
            self.find(at, message, ("no 429", "429"), Some(request));
        }
    }

    pub(super) fn find(
        &mut self,
        at: &str,
        message: String,
        sides: (&str, &str),
        request: Option<&Request>,
    ) {
        let finding = Finding::new("live-rate", at, message).sides(sides.0, sides.1);
        let finding = match request {
            Some(request) => finding.curl(request.curl(&self.probe.lab.secrets())),
            None => finding,
        };
        self.probe.findings.push(finding);
    }
}
