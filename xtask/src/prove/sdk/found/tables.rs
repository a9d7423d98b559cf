//! The tables of the generated SDK: operations, schemes, credentials, and the accessors of headers.

use std::sync::LazyLock;

use super::super::pattern::{Bound, Pattern};
use super::super::tokens::{Tok, in_order, joined};
use super::forms::TableForm;
use super::kinds::kind;
use super::{Found, Read};

static REFUSALS: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::read(
        "&[$places*(
            RefusalPlaces {
                statuses: &[$statuses*($status,)], code: $code:expr, message: $message:expr, retry: $retry:expr
            },
        )]",
    )
});

static STATUSES: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::read("&[$statuses*(($status, $said), $| $status,)]"));

/// What is said of what is in a list and has nothing else to say.
pub(in crate::prove::sdk) const LISTED: &str = "listed";

/// Reads all tables.
pub(super) fn judge(items: &[Read<TableForm>], found: &mut Found) {
    for read in items {
        match read.form {
            TableForm::Row => {
                let name = read.name();
                found.fact(
                    format!("row {name}"),
                    "there is one".to_owned(),
                    &read.at("name"),
                );
                for column in read.bound.list("columns") {
                    let at = read.place(column.spot("value"));
                    let key = format!("row {name}/{}", column.text("column"));
                    let value = match column.text("column").as_str() {
                        "refusals" => {
                            refusals(&name, column, read, found);
                            LISTED.to_owned()
                        }
                        "bodyless" | "media" => {
                            statuses(&key, column, read, found);
                            LISTED.to_owned()
                        }
                        _ => in_order(column.toks("value")),
                    };
                    found.fact(key, value, &at);
                }
            }
            TableForm::Rows => list("row in the list", read, found),
            TableForm::Schemes => {
                for scheme in read.bound.list("schemes") {
                    let at = read.place(scheme.spot("name"));
                    let value = format!("{} {}", scheme.literal("wire"), scheme.text("placement"));
                    found.fact(format!("scheme {}", scheme.text("name")), value, &at);
                }
            }
            TableForm::AllSchemes => list("scheme in the list", read, found),
            TableForm::Credentials => {
                for credential in read.bound.list("constructors") {
                    let at = read.place(credential.spot("name"));
                    let value = constructor(credential.toks("arguments"), credential.toks("value"));
                    found.fact(
                        format!("credential {}", credential.text("name")),
                        value,
                        &at,
                    );
                }
            }
            TableForm::Headers => {
                for accessor in read.bound.list("accessors") {
                    let at = read.place(accessor.spot("accessor"));
                    let output = kind(accessor.toks("output"));
                    let output = output.unwrap_or_else(|| accessor.text("output"));
                    let value = format!(
                        "{output} {} {}",
                        accessor.text("kind"),
                        accessor.literal("wire")
                    );
                    found.fact(format!("header {}", accessor.text("accessor")), value, &at);
                }
            }
        }
    }
}

/// The statuses in a list, each with what is said of it, if anything is.
fn statuses(about: &str, column: &Bound, read: &Read<TableForm>, found: &mut Found) {
    match STATUSES.on(column.toks("value")) {
        Ok(statuses) => {
            for one in statuses.list("statuses") {
                let number = one.text("status");
                let about = format!("{about} {}", number.trim_end_matches("u16"));
                let said = if one.has("said") {
                    one.literal("said")
                } else {
                    LISTED.to_owned()
                };
                found.fact(about, said, &read.place(one.spot("status")));
            }
        }
        Err(miss) => {
            let at = read.place(miss.spot);
            found.unread.push((at, column.text("value")));
        }
    }
}

/// Where the refusals of an operation say why, status by status.
fn refusals(row: &str, column: &Bound, read: &Read<TableForm>, found: &mut Found) {
    let places = match REFUSALS.on(column.toks("value")) {
        Ok(places) => places,
        Err(miss) => {
            let at = read.place(miss.spot);
            found.unread.push((at, column.text("value")));
            return;
        }
    };
    for place in places.list("places") {
        for status in place.list("statuses") {
            let number = status.text("status");
            let number = number.trim_end_matches("u16");
            for key in ["code", "message", "retry"] {
                let at = read.place(place.spot(key));
                let about = format!("row {row}/{key} of {number}");
                found.fact(about, in_order(place.toks(key)), &at);
            }
        }
    }
}

/// What is in a list, each a fact of its own.
fn list(about: &str, read: &Read<TableForm>, found: &mut Found) {
    let all = read.bound.toks("list").split(|tok| tok.leaf() == Some(","));
    for one in all.filter(|one| !one.is_empty()) {
        let at = read.place(one.first().map(Tok::spot).unwrap_or_default());
        let about = format!("{about} {}", joined(one));
        found.fact(about, LISTED.to_owned(), &at);
    }
}

/// A constructor of a credential as one text.
pub(in crate::prove::sdk) fn constructor(arguments: &[Tok], value: &[Tok]) -> String {
    format!("{} gives {}", joined(arguments), in_order(value))
}
