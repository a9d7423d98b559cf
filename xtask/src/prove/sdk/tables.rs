//! The rest as the document wants it: the table of operations, what `send` lifts, the headers' accessors.

use std::fmt::Write as _;

use heck::{ToPascalCase, ToShoutySnakeCase};
use serde_json::Value;

use super::calls::{self, bodies, builder};
use super::reading::{Answer, Operation, Reading, mark, security};
use super::{schemes, told};
use crate::document::join;
use crate::surface;

/// The module `operations`.
pub(super) fn operations(reading: &Reading<'_>) -> String {
    let mut rows = String::new();
    let mut all = String::new();
    let digests = surface::digests(reading.value);
    for operation in reading.operations() {
        let answers = reading.answers(&operation);
        let row = operation.id.to_shouty_snake_case();
        let own = mark("sdk-operation", &operation.pointer);
        let at = mark("sdk-security", &join(&operation.pointer, "security"));
        let mut alternatives = String::new();
        for schemes in security(&operation) {
            let schemes = schemes
                .iter()
                .map(|one| format!("Scheme::{}", one.to_shouty_snake_case()));
            let _ = write!(
                alternatives,
                "&[{}],",
                schemes.collect::<Vec<_>>().join(", ")
            );
        }
        let (mut bodyless, mut media) = (String::new(), String::new());
        for (status, pointer) in calls::bodyless(&answers) {
            let _ = write!(bodyless, "{}{status}u16,", mark("sdk-status", &pointer));
        }
        for answer in &answers {
            if let Some((media_type, _, pointer)) = &answer.body {
                let at = mark("sdk-status", pointer);
                let _ = write!(media, "{at}({}u16, {media_type:?}),", answer.status);
            }
        }
        let _ = write!(
            rows,
            "{own}pub static {row}: Operation = Operation {{
                id: {:?}, method: {:?}, path: {:?},
                security: &[{at}{alternatives}{own}], one_proof: {}, keeps: &[{}{own}], refusals: &[{}{own}], bodyless: &[{bodyless}{own}], media: &[{media}{own}], digest: {:?},
            }};/*@*/",
            operation.id,
            operation.method.to_uppercase(),
            operation.path,
            told::one_proof(&operation),
            told::keeps(&answers),
            told::refusals(reading, &answers),
            surface::of(&digests, &operation.id),
        );
        let _ = write!(all, "{own}&{row},");
    }
    format!(
        "pub mod operations {{
            use crate::credentials::Credential;
            use crate::operation::{{OneProof, Operation, RefusalPlaces, Spot}};
            use crate::scheme::{{Pairing, Placement, Scheme}};
            use crate::secret::Secret;
            {}
            {rows}
            pub static ALL: &[&Operation] = &[{all}/*@*/];
            impl Operation {{
                pub fn named(id: &str) -> Option<&'static Self> {{
                    ALL.iter().copied().find(|operation| operation.id == id)
                }}
            }}
        }}",
        schemes::write(reading)
    )
}

/// `send` and `IntoFuture` of every builder.
pub(super) fn lifting(reading: &Reading<'_>) -> String {
    let mut out = String::new();
    for operation in reading.operations() {
        let name = builder(&operation);
        let (success, refusal, lift) = lifted(reading, &operation);
        let at = mark("sdk-status", &join(&operation.pointer, "responses"));
        let _ = write!(
            out,
            "{at}impl<'a> builder::{name}<'a> {{
                pub async fn send(self) -> Result<ResponseValue<{success}>, crate::CallError<{refusal}>> {{ {lift} }}
            }}
            impl<'a> ::std::future::IntoFuture for builder::{name}<'a> {{
                type Output = Result<ResponseValue<{success}>, crate::CallError<{refusal}>>;
                type IntoFuture = crate::Call<'a, {success}, {refusal}>;
                fn into_future(self) -> Self::IntoFuture {{ ::std::boxed::Box::pin(self.send()) }}
            }}/*@*/"
        );
    }
    out
}

fn lifted(reading: &Reading<'_>, operation: &Operation<'_>) -> (String, String, String) {
    let answers = reading.answers(operation);
    let (success, refusal) = bodies(&answers);
    let row = operation.id.to_shouty_snake_case();
    let Some((split, choices)) = choices(reading, &answers) else {
        let lift = format!("crate::lift::lift(self.exchange().await, &operations::{row}).await");
        return (success, refusal, lift);
    };
    let [accepted, refused] = &choices;
    // The variants are named by what the two types do not have in common.
    let short = |one: &str, other: &str| {
        let starts = one
            .char_indices()
            .filter(|(_, letter)| letter.is_ascii_uppercase());
        let common = starts
            .map(|(at, _)| at)
            .rfind(|at| one.get(..*at) == other.get(..*at))
            .unwrap_or_default();
        one[common..].to_owned()
    };
    let (yes, no) = (short(accepted, refused), short(refused, accepted));
    let same = refusal == format!("types::{refused}");
    let (outcome, kind, wrapped) = if same {
        (
            "self.exchange().await".to_owned(),
            refusal,
            "refusal".to_owned(),
        )
    } else {
        (
            "crate::lift::declared(self.exchange().await)".to_owned(),
            format!("crate::Either<types::{refused}, {refusal}>"),
            "crate::Either::UnderSuccess(refusal)".to_owned(),
        )
    };
    let at = mark("sdk-status", &join(&split, "x-refusal"));
    let lift = format!(
        "{at}crate::lift::lift_choice({outcome}, &operations::{row}, |answer| match answer {{
            {success}::{yes}(success) => Ok(success),
            {success}::{no}(refusal) => Err({wrapped}),
        }}).await"
    );
    (format!("types::{accepted}"), kind, lift)
}

/// The two types between which an answer under a success status chooses, and where it is declared.
fn choices(reading: &Reading<'_>, answers: &[Answer<'_>]) -> Option<(String, [String; 2])> {
    let answer = answers.iter().find(|answer| answer.refusal.is_some())?;
    let (_, schema, _) = answer.body.as_ref()?;
    let (schema, _) = reading.follow(schema, String::new());
    let names = schema.get("oneOf").and_then(Value::as_array)?;
    let names: Vec<String> = names
        .iter()
        .filter_map(|one| {
            one.get("$ref")?
                .as_str()?
                .rsplit('/')
                .next()
                .map(ToPascalCase::to_pascal_case)
        })
        .collect();
    Some((answer.pointer.clone(), names.try_into().ok()?))
}

/// The trait with an accessor for each header that says something.
pub(super) fn headers(reading: &Reading<'_>) -> String {
    let mut accessors = String::new();
    for (accessor, (name, kind, pointer)) in reading.headers() {
        let output = match kind {
            "secret" => "crate::Secret",
            "integer" => "i64",
            _ => "&str",
        };
        let _ = write!(
            accessors,
            "{}fn {accessor}(&self) -> Option<{output}> {{ crate::headers::{kind}(self.header_map()?, {:?}) }}/*@*/",
            mark("sdk-header", &pointer),
            name.to_lowercase()
        );
    }
    format!(
        "pub trait DeclaredHeaders: crate::headers::HasHeaders {{ {accessors} }}
        impl<T: crate::headers::HasHeaders + ?Sized> DeclaredHeaders for T {{}}"
    )
}
