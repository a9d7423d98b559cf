//! What belongs to one caller is out of another's reach: a second principal names it wherever `x-owned-by` stands.

use super::{
    answers::{Outcome, outcome},
    cases::{bases, name},
    lab::{Lab, trial_of},
    ledger::Ledger,
    observed::hidden,
    oracle::{Operation, Owned},
    probe::{Base, Probe},
    request::Request,
};
use crate::{
    harness::{Asker, Thing, demo_asker},
    proofs::report::Finding,
};

/// Asks for each thing of a caller as somebody else, and then as its owner.
pub async fn run(operation: &Operation, ledger: &mut Ledger) -> (Vec<Finding>, usize) {
    let parts = operation.owned();
    let unsaid = unsaid(operation, &parts);
    if parts.is_empty() {
        return (unsaid, 0);
    }
    let mut lab = Lab::new().await;
    let asker = demo_asker(&lab.server);
    lab.acquaint().await;
    let mut probe = Probe::new(operation, lab, ledger);
    probe.findings.extend(unsaid);
    for part in &parts {
        for base in bases(&mut probe.lab.asking(), operation).await {
            attempt(&mut probe, part, &base, &asker).await;
        }
    }
    (probe.findings, probe.asked)
}

/// What is known to be owned, and the document does not say so.
fn unsaid(operation: &Operation, parts: &[Owned]) -> Vec<Finding> {
    let known = trial_of(operation).map_or(&[][..], |trial| trial.owned());
    let known = known.iter().filter(|(id, _)| *id == operation.id);
    let unsaid = known.filter(|(_, name)| !parts.iter().any(|part| part.name == *name));
    unsaid
        .map(|(id, name)| {
            let message = format!("{id}: {name} belongs to a caller, and has no x-owned-by");
            Finding::new("live-owner", operation.node.at.clone(), message)
        })
        .collect()
}

async fn attempt(probe: &mut Probe<'_>, part: &Owned, base: &Base, asker: &Asker) {
    let operation = probe.operation;
    let thing = probe.lab.thing(operation, &part.name).await;
    let (Some(thing), Some(others)) = (thing, part.others) else {
        let message = format!(
            "{}: nobody knows how to name somebody else's {}",
            operation.id, part.name
        );
        let finding = Finding::new("live-untried", part.at.clone(), message);
        probe.findings.push(finding);
        return;
    };
    probe.lab.swap();
    // A stranger that may do nothing at all shows nothing.
    let own = probe.base(base).await;
    succeeds(probe, part, &own, "another principal with its own").await;
    let request = naming(probe, part, base, &thing).await;
    let answer = probe.send(&request).await;
    probe.lab.swap();
    if answer.status != others {
        let message = format!("{}: {} of somebody else", operation.id, part.name);
        find(
            probe,
            part,
            &request,
            message,
            others.to_string(),
            hidden(&answer),
        );
    }
    if let Some(token) = &thing.token
        && !asker.is_active(&probe.lab.server, token).await
    {
        let message = format!(
            "{}: {} of somebody else is not what it was",
            operation.id, part.name
        );
        let (expected, found) = ("a live token", "an ended one");
        find(
            probe,
            part,
            &request,
            message,
            expected.to_owned(),
            found.to_owned(),
        );
    }
    let request = naming(probe, part, base, &thing).await;
    succeeds(probe, part, &request, "its owner").await;
}

/// A request of whoever asks now that names the thing.
async fn naming(probe: &mut Probe<'_>, part: &Owned, base: &Base, thing: &Thing) -> Request {
    let operation = probe.operation;
    let mut request = probe.base(base).await;
    if !part.in_body {
        let mut parameters = operation.parameters.iter();
        if let Some(parameter) = parameters.find(|one| one.name == part.name) {
            name(&mut request, &operation.path, parameter, &thing.value);
        }
        return request;
    }
    let alternative = base
        .alternative
        .and_then(|index| operation.security.get(index));
    let bodies = probe.lab.asking().bodies(operation, alternative).await;
    if let Some((body, media_type)) = &base.body
        && let Some((_, value)) = bodies.into_iter().find(|(known, _)| known == body)
    {
        let mut value = value;
        value[part.name.as_str()] = thing.value.clone().into();
        request.set_body(media_type, &value);
    }
    request
}

async fn succeeds(probe: &mut Probe<'_>, part: &Owned, request: &Request, who: &str) {
    let answer = probe.send(request).await;
    if outcome(probe.operation, &answer) != Outcome::Success {
        let message = format!("{}: {}, asked by {who}", probe.operation.id, part.name);
        find(
            probe,
            part,
            request,
            message,
            "success".to_owned(),
            hidden(&answer),
        );
    }
}

fn find(
    probe: &mut Probe<'_>,
    part: &Owned,
    request: &Request,
    message: String,
    expected: String,
    found: String,
) {
    let finding = Finding::new("live-owner", part.at.clone(), message).sides(expected, found);
    let curl = request.curl(&probe.lab.secrets());
    probe.findings.push(finding.curl(curl));
}
