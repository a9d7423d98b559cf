//! Every operation, tried out in Swagger UI with the demo's credentials.

use super::{
    open, pages,
    swagger::{PAIR, Swagger, TryOut},
};
use crate::{
    dialects::TRIALS,
    harness::{Purse, asked, assert_all_asked, document},
    proofs::live::{
        cases::bases,
        lab::{Asking, State},
        oracle::{self, Carrier, Operation, Scheme},
        request::{Credential, is_form, plain},
    },
};

#[tokio::test]
async fn every_operation_answers_its_success_when_tried_out() {
    let Some((server, page)) = open().await else {
        return;
    };
    let mut purse = Purse::default();
    let mut asking = Asking {
        server: &server,
        purse: &mut purse,
    };
    let operations = in_order();
    let schemes: Vec<Scheme> = schemes(&operations);
    for scheme in &schemes {
        authorise(&page, &mut asking, scheme).await;
    }
    for operation in &operations {
        let tried = try_out(&mut asking, operation, &schemes).await;
        let (status, body) = page.try_out(&tried).await;
        let id = &operation.id;
        assert_eq!(status, tried.status.to_string(), "{id}: {body}");
        if let Some(refusal) = refusal(operation, tried.status) {
            assert!(!body.contains(&refusal), "{id}: {body}");
        }
        asked("browser", &operation.dialect, &format!("{id} tried out"));
    }
    assert_all_asked("browser", operations.iter().map(|one| one.dialect.as_str()));
    assert_eq!(pages::forbidden(page.browser()).await, [""; 0]);
    page.close().await;
}

/// All operations, each after those that it needs.
fn in_order() -> Vec<Operation> {
    let mut operations = oracle::operations();
    let places: Vec<&str> = TRIALS
        .iter()
        .flat_map(|trial| trial.order())
        .copied()
        .collect();
    for id in &places {
        document::operation(id);
    }
    operations.sort_by_key(|operation| places.iter().position(|id| *id == operation.id));
    operations
}

/// Every scheme but cookies, which a page may not set, and those that would be a second proof beside the body's.
fn schemes(operations: &[Operation]) -> Vec<Scheme> {
    let mut found: Vec<Scheme> = Vec::new();
    let second: Vec<&str> = operations
        .iter()
        .filter_map(|one| one.node.value.pointer("/x-one-proof/schemes")?.as_array())
        .flatten()
        .filter_map(|scheme| scheme.as_str())
        .collect();
    let alternatives = operations.iter().flat_map(|one| &one.security);
    for (scheme, _) in alternatives.flat_map(|one| &one.schemes) {
        let is_cookie = matches!(scheme.carrier, Carrier::Cookie(_));
        let is_second = second.contains(&scheme.name.as_str());
        if !is_cookie && !is_second && !found.iter().any(|known| known.name == scheme.name) {
            found.push(scheme.clone());
        }
    }
    found
}

async fn authorise(page: &Swagger, asking: &mut Asking<'_>, scheme: &Scheme) {
    let name = &scheme.name;
    match asking.credential(name, State::Live).await {
        Some(Credential::Text(text)) => page.authorise(name, &[("input", &text)]).await,
        Some(Credential::Pair(id, secret)) => {
            let fields = [(PAIR[0], id.as_str()), (PAIR[1], secret.as_str())];
            page.authorise(name, &fields).await;
        }
        None => panic!("no trial has a credential of {name}"),
    }
}

/// What to put into the fields of an operation.
async fn try_out(asking: &mut Asking<'_>, operation: &Operation, held: &[Scheme]) -> TryOut {
    let is_held = |scheme: &Scheme| {
        let is_cookie = matches!(scheme.carrier, Carrier::Cookie(_));
        is_cookie || held.iter().any(|known| known.name == scheme.name)
    };
    let bases = bases(asking, operation).await.into_iter();
    let base = bases.into_iter().find(|base| {
        let alternative = base
            .alternative
            .and_then(|index| operation.security.get(index));
        let mut schemes = alternative.into_iter().flat_map(|one| &one.schemes);
        schemes.all(|(scheme, _)| is_held(scheme))
    });
    let base = base.unwrap_or_else(|| panic!("{} wants what is not held", operation.id));
    let mut statuses = operation.statuses();
    statuses.sort_unstable();
    let success = statuses
        .into_iter()
        .find(|status| (200..300).contains(status));
    let status = success.unwrap_or_else(|| panic!("{} has no success", operation.id));
    let path = asking.path(operation).await;
    let path: Vec<(&str, &str)> = path
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let Some((name, media_type)) = &base.body else {
        return TryOut::plain(&operation.id, status).with(&path);
    };
    let alternative = base
        .alternative
        .and_then(|index| operation.security.get(index));
    let bodies = asking.bodies(operation, alternative).await;
    let (_, body) = bodies
        .into_iter()
        .find(|(known, _)| known == name)
        .expect("a base has its body");
    if !is_form(media_type) {
        return TryOut::json(&operation.id, status, &body).with(&path);
    }
    let media = operation.body.iter().flat_map(|body| &body.media);
    let schema = media.clone().find(|(known, _)| known == media_type);
    let members = schema.map(|(_, schema)| schema.children("properties"));
    // What is left out has to be emptied: the page begins with an example in each field.
    let fields: Vec<(String, String)> = members
        .into_iter()
        .flatten()
        .map(|(name, _)| {
            let text = body.get(&name).map(plain).unwrap_or_default();
            (name, text)
        })
        .collect();
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    TryOut::form(&operation.id, status, &fields).with(&path)
}

/// The words by which a success is a refusal after all, as the page shows them.
fn refusal(operation: &Operation, status: u16) -> Option<String> {
    let rule = operation.response(status)?.child("x-refusal")?;
    let member = rule.text("pointer")?.rsplit('/').next()?;
    Some(format!("\"{member}\": {}", rule.value.get("equals")?))
}
