//! Against whom each request is counted, and in which bucket: `x-proves` and `x-rate-bucket` of every operation.
//!
//! The buckets of this proof's servers have quotas of their own and each another one, so that the number of requests
//! that pass before the first refusal tells the bucket. The clock stands while they are asked.

mod judged;

use std::{
    collections::BTreeSet,
    num::{NonZeroU32, NonZeroU64},
    time::Duration,
};

use tessera_server::limits::{Quota, RateQuotas};

use super::{
    answers::Outcome,
    cases::bases,
    lab::Lab,
    ledger::Ledger,
    oracle::{Alternative, Counted, Operation},
    probe::{Base, Probe},
    request::Request,
    security::strip,
};
use crate::proofs::report::Finding;

/// The length of each window.
const WINDOW_SECS: u64 = 1;

/// The allowances, each another number; one request more is what the largest refuses.
const ANONYMOUS_READS: u32 = 2;
const TOKEN_READS: u32 = 3;
const WRITES: u32 = 4;
const GENERAL: u32 = 5;
const LARGEST: u32 = GENERAL;

/// Where nobody has asked anything.
const ELSEWHERE: [u8; 4] = [127, 0, 0, 2];

/// How many requests a bucket of the document lets pass, of callers that have proved themselves and of others.
fn allowances(bucket: &str) -> Option<(u32, u32)> {
    match bucket {
        "default" => Some((GENERAL, GENERAL)),
        "token_reads" => Some((TOKEN_READS, ANONYMOUS_READS)),
        "writes" => Some((WRITES, WRITES)),
        _ => None,
    }
}

fn quotas() -> RateQuotas {
    let quota = |limit| Quota {
        limit: NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN),
        window_secs: NonZeroU64::new(WINDOW_SECS).unwrap_or(NonZeroU64::MIN),
        lock_secs: None,
    };
    RateQuotas {
        enforced: true,
        anonymous_reads: quota(ANONYMOUS_READS),
        token_reads: quota(TOKEN_READS),
        writes: quota(WRITES),
        general: quota(GENERAL),
        unmatched: quota(1),
    }
}

/// Spends the allowances of an operation in every way in which it can be asked.
pub async fn run(operation: &Operation, ledger: &mut Ledger) -> (Vec<Finding>, usize) {
    let mut lab = Lab::with(|config| config.policy.rates = quotas()).await;
    lab.acquaint().await;
    let bucket = operation.node.text("x-rate-bucket").unwrap_or("default");
    let mut count = Count {
        probe: Probe::new(operation, lab, ledger),
        bucket,
    };
    let Some((proven, others)) = allowances(bucket) else {
        let message = format!(
            "{}: no request is counted in the bucket {bucket}",
            operation.id
        );
        count.find(&count.bucket_at(), message, ("a bucket", bucket), None);
        return (count.probe.findings, 0);
    };
    let mut seen = BTreeSet::new();
    let mut any_proof = None;
    for base in bases(&mut count.probe.lab.asking(), operation).await {
        let name = base.body.as_ref().map(|(name, _)| *name);
        if !seen.insert((base.alternative, name)) {
            continue;
        }
        let (counted, at) = operation.counted(count.alternative(&base));
        match counted {
            Counted::Principal => count.of_principal(&base, &at, proven).await,
            Counted::Token => count.of_token(&base, &at, proven).await,
            Counted::Address => count.of_address(&base, &at, others).await,
        }
        if counted != Counted::Address {
            any_proof = Some(base);
        }
    }
    count.unproven(any_proof, others).await;
    (count.probe.findings, count.probe.asked)
}

/// The counting of one operation.
struct Count<'a> {
    probe: Probe<'a>,
    bucket: &'a str,
}

impl Count<'_> {
    fn alternative(&self, base: &Base) -> Option<&Alternative> {
        let index = base.alternative?;
        self.probe.operation.security.get(index)
    }

    fn bucket_at(&self) -> String {
        let node = &self.probe.operation.node;
        match node.text("x-rate-bucket") {
            Some(_) => super::oracle::join(&node.at, "x-rate-bucket"),
            None => node.at.clone(),
        }
    }

    /// From now on nobody has asked anything.
    fn open_window(&self) {
        let clock = &self.probe.lab.server.clock;
        clock.advance(Duration::from_secs(WINDOW_SECS));
    }

    /// A request that succeeds, with tokens that no request before it presented. What makes it ready is counted in a
    /// window of its own.
    async fn fresh(&mut self, base: &Base) -> Request {
        self.open_window();
        self.probe.lab.renew();
        let mut asking = self.probe.lab.asking();
        asking.prepare(self.probe.operation).await;
        self.probe.base(base).await
    }

    /// The same of the other principal.
    async fn of_other(&mut self, base: &Base) -> Request {
        self.probe.lab.swap();
        let request = self.fresh(base).await;
        self.probe.lab.swap();
        request
    }

    /// All tokens of a principal share its allowance, and nobody else does.
    async fn of_principal(&mut self, base: &Base, at: &str, allowed: u32) {
        let mut requests = Vec::new();
        for _ in 0..=LARGEST {
            requests.push(self.fresh(base).await);
        }
        let alternative = self.alternative(base).cloned();
        let operation = self.probe.operation;
        let mut proofs = Vec::new();
        if let Some((_, media_type)) = &base.body {
            let bodies = self
                .probe
                .lab
                .asking()
                .bodies_for_once(operation, alternative.as_ref());
            for (member, body) in bodies {
                let mut request = self.fresh(base).await;
                request.set_body(media_type, &body);
                proofs.push((member, request));
            }
        }
        let other = self.of_other(base).await;
        self.open_window();
        let whose = "one principal";
        if !self
            .spend(&requests, at, allowed, whose, Outcome::Success)
            .await
        {
            return;
        }
        for (member, request) in proofs {
            self.is_over(&request, at, &format!("the same principal by {member}"))
                .await;
        }
        self.passes(&other, at, "another principal", Outcome::Success)
            .await;
    }

    /// Each token has an allowance of its own.
    async fn of_token(&mut self, base: &Base, at: &str, allowed: u32) {
        let (one, expected) = self.lasting(base).await;
        let (another, _) = self.lasting(base).await;
        let other = self.of_other(base).await;
        self.open_window();
        let requests = vec![one; LARGEST as usize + 1];
        if self
            .spend(&requests, at, allowed, "one token", expected)
            .await
        {
            self.passes(&another, at, "another token of the principal", expected)
                .await;
            self.passes(&other, at, "another principal", Outcome::Success)
                .await;
        }
    }

    /// A request that can be sent again and again, and what comes of it.
    async fn lasting(&mut self, base: &Base) -> (Request, Outcome) {
        let mut request = self.fresh(base).await;
        let Some(token) = self.probe.lab.asking().lasting(self.probe.operation).await else {
            return (request, Outcome::Success);
        };
        let schemes = self.alternative(base).cloned();
        for (scheme, _) in schemes.into_iter().flat_map(|one| one.schemes) {
            strip(&mut request, &scheme);
            request.present(&scheme.carrier, &token);
        }
        (request, Outcome::Refusal)
    }

    /// Whoever asks from an address shares its allowance.
    async fn of_address(&mut self, base: &Base, at: &str, allowed: u32) {
        let mut requests = Vec::new();
        for index in 0..=LARGEST {
            requests.push(match index % 2 {
                0 => self.fresh(base).await,
                _ => self.of_other(base).await,
            });
        }
        let last = self.fresh(base).await;
        self.open_window();
        if self
            .spend(&requests, at, allowed, "one address", Outcome::Success)
            .await
        {
            self.passes_elsewhere(&last, at).await;
        }
    }

    /// Requests that prove nothing share the allowance of their address, and keep nobody out that proves itself.
    async fn unproven(&mut self, proof: Option<Base>, allowed: u32) {
        let operation = self.probe.operation;
        let proven = match &proof {
            Some(base) => Some(self.fresh(base).await),
            None => None,
        };
        let path = self.probe.lab.asking().path(operation).await;
        let mut bare = Request::new(operation, &path);
        for parameter in operation.parameters.iter().filter(|one| one.required) {
            let value = super::values::sample(&parameter.node);
            super::cases::give(&mut bare, parameter, &value);
        }
        self.open_window();
        let requests = vec![bare.clone(); LARGEST as usize + 1];
        let at = operation.node.at.clone();
        let mut passed = 0;
        for request in &requests {
            let answer = self.probe.send(request).await;
            if answer.status == 429 {
                break;
            }
            passed += 1;
        }
        let whose = "an address that proves nothing";
        if !self.is_allowed(&bare, &at, passed, allowed, whose) {
            return;
        }
        self.passes_elsewhere(&bare, &at).await;
        if let Some(request) = proven {
            let who = "a caller that proves itself";
            self.passes(&request, &at, who, Outcome::Success).await;
        }
    }
}
