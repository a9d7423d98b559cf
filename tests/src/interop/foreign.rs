//! A token of one dialect, put wherever another one takes something secret or names something of a caller. The places
//! are the document's.

use crate::{
    harness::{Answer, Trial, central},
    proofs::{
        live::{
            answers::{Outcome, outcome},
            cases::{bases, name},
            lab::Lab,
            oracle::{self, Operation},
            probe::Base,
            request::Request,
            security::strip,
            values::with,
        },
        secrets::places,
    },
};

/// A token that is of no use where it is presented.
pub struct Foreign<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its id, by introspection.
    pub id: &'a str,
}

/// Where a foreign token was put.
#[derive(Debug, Default)]
pub struct Tried {
    /// Every place.
    pub places: Vec<String>,
    /// Those in which it was taken for something of the dialect's own.
    pub taken: Vec<String>,
}

/// Puts a token in every place of a dialect.
pub async fn present(lab: &mut Lab, trial: &dyn Trial, foreign: &Foreign<'_>) -> Tried {
    let mut tried = Tried::default();
    for operation in oracle::operations() {
        if operation.dialect != trial.dialect() {
            continue;
        }
        lab.asking().prepare(&operation).await;
        for base in bases(&mut lab.asking(), &operation).await {
            for (place, request) in requests(lab, &operation, &base, foreign).await {
                let place = format!("{} {place}", operation.id);
                if outcome(&operation, &send(lab, &operation, &request).await) == Outcome::Success {
                    tried.taken.push(place.clone());
                }
                tried.places.push(place);
            }
        }
    }
    tried
}

async fn send(lab: &mut Lab, operation: &Operation, request: &Request) -> Answer {
    let answer = request.call().send(&lab.server).await;
    if outcome(operation, &answer) == Outcome::Success {
        lab.asking().used(operation);
    }
    answer
}

/// The requests with the token in each place in turn, everything else being good.
async fn requests(
    lab: &mut Lab,
    operation: &Operation,
    base: &Base,
    foreign: &Foreign<'_>,
) -> Vec<(String, Request)> {
    let mut found = Vec::new();
    let good = lab.asking().succeeding(operation, base).await;
    let alternative = base
        .alternative
        .and_then(|index| operation.security.get(index));
    let schemes = alternative.into_iter().flat_map(|one| &one.schemes);
    let mut unproven = good.clone();
    for (scheme, _) in schemes.clone() {
        strip(&mut unproven, scheme);
    }
    // Where one may ask without a credential, what is sent as one opens nothing.
    if outcome(operation, &send(lab, operation, &unproven).await) != Outcome::Success {
        for (scheme, _) in schemes {
            let mut request = good.clone();
            strip(&mut request, scheme);
            let credential = lab.asking().dressed(&scheme.name, foreign.text);
            request.present(&scheme.carrier, &credential);
            found.push((scheme.name.clone(), request));
        }
        unproven.header("Authorization", format!("Bearer {}", foreign.text));
        found.push(("as a bearer".to_owned(), unproven));
    }
    // The standard endpoints are there to be told of any token.
    let central = [central().introspection(), central().revocation()];
    if central.contains(&operation.path.as_str()) {
        return found;
    }
    found.extend(in_body(lab, operation, base, &good, foreign).await);
    for part in operation.owned().iter().filter(|part| !part.in_body) {
        let mut parameters = operation.parameters.iter();
        if let Some(parameter) = parameters.find(|one| one.name == part.name) {
            for value in [foreign.text, foreign.id] {
                let mut request = good.clone();
                name(&mut request, &operation.path, parameter, value);
                found.push((part.name.clone(), request));
            }
        }
    }
    found
}

/// The token as each secret of a body, and as each thing that a body names.
async fn in_body(
    lab: &mut Lab,
    operation: &Operation,
    base: &Base,
    good: &Request,
    foreign: &Foreign<'_>,
) -> Vec<(String, Request)> {
    let Some((known, media_type)) = &base.body else {
        return Vec::new();
    };
    let alternative = base
        .alternative
        .and_then(|index| operation.security.get(index));
    let bodies = lab.asking().bodies(operation, alternative).await;
    let body = bodies.into_iter().find(|(name, _)| name == known);
    let media = operation.body.iter().flat_map(|body| &body.media);
    let schema = media.clone().find(|(name, _)| name == media_type);
    let (Some((_, body)), Some((_, schema))) = (body, schema) else {
        return Vec::new();
    };
    let secrets = places::of_schema(schema).into_iter();
    let owned = operation.owned().into_iter().filter(|part| part.in_body);
    let members = secrets
        .map(|(_, instance)| (instance, foreign.text))
        .chain(owned.map(|part| (format!("/{}", part.name), foreign.id)));
    let there = members.filter(|(instance, _)| body.pointer(instance).is_some());
    there
        .map(|(instance, text)| {
            let mut request = good.clone();
            request.set_body(media_type, &with(&body, &instance, text.into()));
            (instance, request)
        })
        .collect()
}
