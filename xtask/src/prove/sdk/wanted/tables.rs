//! The tables that the document asks for: a row for each operation, and an accessor for each header that says something.

use std::fmt::Write as _;

use heck::ToShoutySnakeCase;

use super::super::found::LISTED;
use super::super::tokens::in_order;
use super::reading::{Operation, Reading, security};
use super::{Asking, calls, rust, told};
use crate::document::join;
use crate::problem::Rule;
use crate::surface;

/// The facts of all tables.
pub(super) fn ask(reading: &Reading<'_>, asking: &mut Asking) {
    let digests = surface::digests(reading.value);
    for operation in reading.operations() {
        let about = format!("row in the list & {}", operation.id.to_shouty_snake_case());
        asking.fact(&about, LISTED, (Rule::SdkOperation, &operation.pointer));
        let digest = surface::of(&digests, &operation.id);
        row(reading, &operation, digest, asking);
    }
    headers(reading, asking);
}

fn row(reading: &Reading<'_>, operation: &Operation<'_>, digest: &str, asking: &mut Asking) {
    let answers = reading.answers(operation);
    let about = format!("row {}", operation.id.to_shouty_snake_case());
    let own = (Rule::SdkOperation, operation.pointer.as_str());
    asking.fact(&about, "there is one", own);
    let mut column = |name: &str, value: &str, mark: (Rule, &str)| {
        asking.fact(&format!("{about}/{name}"), &rust(value, in_order), mark);
    };
    let at = join(&operation.pointer, "operationId");
    column(
        "id",
        &format!("{:?}", operation.id),
        (Rule::SdkOperation, &at),
    );
    column(
        "method",
        &format!("{:?}", operation.method.to_uppercase()),
        own,
    );
    column("path", &format!("{:?}", operation.path), own);
    column("digest", &format!("{digest:?}"), own);
    let at = join(&operation.pointer, "security");
    column(
        "security",
        &alternatives(operation),
        (Rule::SdkSecurity, &at),
    );
    let (one_proof, at) = told::one_proof(operation);
    column("one_proof", &one_proof, (Rule::SdkSecurity, &at));
    let (keeps, at) = told::keeps(operation, &answers);
    column("keeps", &keeps, (Rule::SdkSecurity, &at));
    let at = join(&operation.pointer, "responses");
    for list in ["bodyless", "media"] {
        let at = (Rule::SdkStatus, at.as_str());
        asking.fact(&format!("{about}/{list}"), LISTED, at);
    }
    for (status, pointer) in calls::bodyless(&answers) {
        let at = (Rule::SdkStatus, pointer.as_str());
        asking.fact(&format!("{about}/bodyless {status}"), LISTED, at);
    }
    for answer in &answers {
        if let Some((media_type, _, pointer)) = &answer.body {
            let about = format!("{about}/media {}", answer.status);
            asking.fact(&about, media_type, (Rule::SdkStatus, pointer));
        }
    }
    told::refusals(reading, operation, &answers, &about, asking);
}

fn alternatives(operation: &Operation<'_>) -> String {
    let mut alternatives = String::new();
    for schemes in security(operation) {
        let schemes = schemes
            .iter()
            .map(|one| format!("Scheme::{}", one.to_shouty_snake_case()));
        let schemes: Vec<String> = schemes.collect();
        let _ = write!(alternatives, "&[{}],", schemes.join(", "));
    }
    format!("&[{alternatives}]")
}

fn headers(reading: &Reading<'_>, asking: &mut Asking) {
    for (accessor, (name, kind, pointer)) in reading.headers() {
        let output = match kind {
            "secret" => "secret",
            "integer" => "i64",
            _ => "& str",
        };
        let value = format!("{output} {kind} {}", name.to_lowercase());
        asking.fact(
            &format!("header {accessor}"),
            &value,
            (Rule::SdkHeader, &pointer),
        );
    }
}
