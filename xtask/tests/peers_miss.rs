//! The kinds of drift that other tools were measured to miss, each with a case of its own: what is found, by which
//! proof and rule, and where it points.
//!
//! The project's own document is drifted and set against what its real server emits and mounts. What only an answer
//! shows is in `tests/src/proofs/`: a route that answers in `closed`, a body under a declared status in `live/answers.rs`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::{Value, json};
use xtask::check::judge::{Evidence, judge, server_says};
use xtask::check::{Proof, Scope, Tree};
use xtask::document::Document;
use xtask::mutate::drift::{Drift, Edit};
use xtask::plan;
use xtask::problem::Rule;

/// The project as it is.
static PROJECT: LazyLock<(Document, Evidence)> = LazyLock::new(|| {
    let root = root();
    let scope = Scope::FAST;
    let evidence = Tree::of(&root, &scope)
        .evidence()
        .expect("a server, and what is accepted");
    let document = plan::document(&root).expect("the document");
    (document, evidence)
});

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn set(pointer: &str, value: Value) -> Edit {
    Edit::Set(pointer.to_owned(), value)
}

fn remove(pointer: &str) -> Edit {
    Edit::Remove(pointer.to_owned())
}

/// What all static proofs say about a document and what stands beside it.
fn judged(document: &Document, evidence: &Evidence) -> Vec<(Proof, Rule, String)> {
    judge(document, evidence)
        .into_iter()
        .flat_map(|(proof, problems)| {
            problems
                .into_iter()
                .map(move |problem| (proof, problem.rule, problem.place.pointer))
        })
        .collect()
}

/// Drifts the document, and demands that the server's own account tells of it there and nowhere else.
fn told(edit: &Edit, places: &[&str]) {
    let (document, evidence) = &*PROJECT;
    let drifted = Drift::new("case", "", edit.clone()).apply(document);
    let problems = server_says(&drifted, evidence);
    let rules: BTreeSet<&str> = problems.iter().map(|problem| problem.rule.id()).collect();
    let found: BTreeSet<&str> = problems
        .iter()
        .map(|problem| problem.place.pointer.as_str())
        .collect();
    let places = places.iter().copied().collect();
    assert_eq!(
        (rules, found),
        (BTreeSet::from(["emitted-differs"]), places),
        "{edit:?}"
    );
}

#[test]
fn nothing_is_told_of_the_project_as_it_is() {
    let (document, evidence) = &*PROJECT;
    assert_eq!(judged(document, evidence), []);
}

#[test]
fn an_undocumented_route_is_told() {
    let (document, evidence) = &*PROJECT;
    let mut evidence = evidence.clone();
    let mut route = evidence.mounted[0].clone();
    route["path"] = json!("/debug/tokens");
    if let Some(routes) = evidence.mounted.as_array_mut() {
        routes.push(route);
    }
    let found = judged(document, &evidence);
    let there = (
        Proof::ClosedWorld,
        Rule::RouteUndocumented,
        "/paths/~1debug~1tokens".to_owned(),
    );
    assert_eq!(found, [there]);

    let logout = "/paths/~1api~1v2~1auth~1logout";
    let less = Drift::new("case", "", remove(logout)).apply(document);
    let found = judged(&less, &PROJECT.1);
    for (proof, rule) in [
        (Proof::ServerSays, Rule::EmittedDiffers),
        (Proof::ClosedWorld, Rule::RouteUndocumented),
    ] {
        let of = |(by, of, at): &&(Proof, Rule, String)| {
            (*by, *of) == (proof, rule) && logout.starts_with(at.as_str())
        };
        assert!(found.iter().any(|one| of(&one)), "{rule}: {found:?}");
    }
}

#[test]
fn a_changed_default_is_told() {
    let default = "/components/schemas/AuthApiLongTokenRequest/properties/ttl_seconds/default";
    told(&set(default, json!(86400)), &[default]);
    told(&remove(default), &[default]);
}

#[test]
fn an_enum_that_is_wider_or_narrower_is_told() {
    let values = "/components/schemas/ManisSoaCode/enum";
    told(
        &set(&format!("{values}/-"), json!("EXPIRED")),
        &[&format!("{values}/9")],
    );
    told(&remove(&format!("{values}/8")), &[values]);
}

#[test]
fn optional_instead_of_required_and_back_is_told() {
    let answer = "/components/schemas/ManisToken/required";
    told(&set(answer, json!(["token", "expiresAt"])), &[answer]);
    let request = "/components/schemas/AuthApiShortTokenRequest/required";
    told(&set(request, json!(["scopes"])), &[request]);
    let header = "/components/headers/TokenGeneratorRenewedToken/required";
    told(&remove(header), &[header]);
}

#[test]
fn a_bound_that_is_looser_or_tighter_is_told() {
    let maximum = "/components/schemas/AuthApiLongTokenRequest/properties/ttl_seconds/maximum";
    told(&set(maximum, json!(7_776_001)), &[maximum]);
    told(&set(maximum, json!(7_775_999)), &[maximum]);
    told(&remove(maximum), &[maximum]);
}

#[test]
fn a_status_that_only_one_side_has_is_told() {
    let keys = "/paths/~1.well-known~1jwks.json/get/responses/413";
    let shared = json!({"$ref": "#/components/responses/OauthPayloadTooLarge"});
    told(&set(keys, shared), &[&format!("{keys}/$ref")]);
    let revoke = "/paths/~1v1~1auth~1tokens~1{tokenId}~1revoke/post/responses/404";
    told(&remove(revoke), &[revoke]);
}

#[test]
fn a_header_that_only_one_side_has_is_told() {
    let lost = "/paths/~1v1~1auth~1tokens~1long/post/responses/201/headers/X-Token-Id";
    told(&remove(lost), &[&lost.replace("X-Token-Id", "x-token-id")]);
    let (document, evidence) = &*PROJECT;
    let mut evidence = evidence.clone();
    let headers = evidence
        .emitted
        .pointer_mut("/paths/~1v1~1auth~1tokens~1long/post/responses/201/headers")
        .and_then(Value::as_object_mut)
        .expect("headers");
    headers.retain(|name, _| !name.eq_ignore_ascii_case("X-Token-Id"));
    let there = (
        Proof::ServerSays,
        Rule::EmittedDiffers,
        format!("{lost}/$ref"),
    );
    assert_eq!(judged(document, &evidence), [there]);
}

#[test]
fn and_instead_of_or_and_back_is_told() {
    let both = "/paths/~1api~1v1~1auth~1token/post/security";
    told(
        &set(both, json!([{"ManisMerchantId": []}, {"ManisSecret": []}])),
        &[both, &format!("{both}/0"), &format!("{both}/1")],
    );
    let either = "/paths/~1v1~1token/get/security";
    told(
        &set(either, json!([{"PnutBearer": [], "PnutQueryToken": []}])),
        &[either, &format!("{either}/0")],
    );
}

#[test]
fn null_where_the_other_side_has_none_is_told() {
    let token = "/components/schemas/ManisToken/properties/token/type";
    told(&set(token, json!(["string", "null"])), &[token]);
}

#[test]
fn an_error_body_that_only_one_side_has_is_told() {
    let body = "/components/responses/ManisUnauthorized/content";
    told(&remove(body), &[body]);
    let schema = format!("{body}/application~1json/schema/$ref");
    told(
        &set(&schema, json!("#/components/schemas/OauthError")),
        &[&schema],
    );
}
