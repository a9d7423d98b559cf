//! What becomes of every keyword that a document may use, place by place.
//!
//! The table is total: `vocabulary` refuses what is not in it. `tests/dispositions/` changes each keyword in a
//! document and compares what moves in the generated code with what the table says.

use super::sites::Kind;
use crate::problem::Rule;

/// What acts upon a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disposition {
    /// The server's Rust types hold it.
    Type,
    /// The server checks it on every request before a handler sees one.
    Validator,
    /// The server's generated code acts upon it while it reads requests and writes answers.
    RunTime,
    /// The SDK's generated code acts upon it.
    Sdk,
    /// The started proofs ask a running server for it.
    Proof,
    /// It is for readers: shown, served, and compared with what the server says about itself where that says it.
    Documentation,
    /// Another spelling of something; `spelling` has given it the usual one before anything else looks.
    Respelt,
    /// Nobody would keep the promise, so this rule refuses it.
    Refused(Rule),
}

impl Disposition {
    /// What a reader is told.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Type => "type".to_owned(),
            Self::Validator => "validator".to_owned(),
            Self::RunTime => "run time".to_owned(),
            Self::Sdk => "SDK".to_owned(),
            Self::Proof => "live proof".to_owned(),
            Self::Documentation => "documentation only".to_owned(),
            Self::Respelt => "another spelling; what is left of it is refused".to_owned(),
            Self::Refused(rule) => format!("refused: {rule}"),
        }
    }
}

/// The JSON type a keyword's value has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// An object.
    Map,
    /// A list.
    List,
    /// Anything; the rule that owns the keyword looks closer.
    Any,
}

/// One keyword at one kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyword {
    /// Its name.
    pub name: &'static str,
    /// What its value has to be.
    pub shape: Shape,
    /// What acts upon it.
    pub dispositions: &'static [Disposition],
}

/// The kinds of places, in the order they are shown.
pub const KINDS: [Kind; 15] = [
    Kind::Root,
    Kind::Info,
    Kind::License,
    Kind::Server,
    Kind::Tag,
    Kind::PathItem,
    Kind::Operation,
    Kind::Parameter,
    Kind::RequestBody,
    Kind::Response,
    Kind::Header,
    Kind::MediaType,
    Kind::Example,
    Kind::Schema,
    Kind::SecurityScheme,
];

/// The files that act upon each extension; `x-at-a-glance` and `x-divergence` are for people. What nobody reads is no extension.
pub const READERS: [(&str, &[&str]); 17] = [
    ("x-at-a-glance", &[]),
    ("x-base-path", &["xtask/src/server_gen/read/mod.rs"]),
    (
        "x-basic",
        &[
            "xtask/src/server_gen/read/request.rs",
            "xtask/src/sdk_gen/credentials.rs",
        ],
    ),
    ("x-cors", &["xtask/src/server_gen/read/mod.rs"]),
    (
        "x-credential",
        &[
            "xtask/src/sdk_gen/answers.rs",
            "xtask/src/sdk_gen/credentials.rs",
        ],
    ),
    ("x-divergence", &[]),
    ("x-error", &["xtask/src/sdk_gen/answers.rs"]),
    ("x-exact-names", &["xtask/src/server_gen/read/mod.rs"]),
    ("x-one-proof", &["xtask/src/sdk_gen/operations.rs"]),
    ("x-optional", &["xtask/src/server_gen/read/answer.rs"]),
    ("x-rate-bucket", &["xtask/src/server_gen/read/mod.rs"]),
    (
        "x-owned-by",
        &[
            "xtask/src/server_gen/callers.rs",
            "tests/src/proofs/live/oracle/callers.rs",
        ],
    ),
    (
        "x-proves",
        &[
            "xtask/src/server_gen/callers.rs",
            "tests/src/proofs/live/oracle/callers.rs",
        ],
    ),
    (
        "x-refusal",
        &[
            "xtask/src/server_gen/read/answer.rs",
            "xtask/src/sdk_gen/lifting.rs",
        ],
    ),
    (
        "x-secret",
        &[
            "xtask/src/server_gen/types.rs",
            "xtask/src/sdk_gen/headers.rs",
            "xtask/src/sdk_gen/progenitor_run.rs",
        ],
    ),
    ("x-stamped", &["xtask/src/server_gen/read/answer.rs"]),
    ("x-unmatched", &["xtask/src/server_gen/read/answer.rs"]),
];

macro_rules! keywords {
    ($($kind:ident { $($name:literal $shape:ident $($disposition:ident $(($rule:ident))?)|+;)+ })+) => {
        /// What may stand at a place, apart from references.
        #[must_use]
        pub const fn keywords(kind: Kind) -> &'static [Keyword] {
            match kind {
                $(Kind::$kind => &[$(Keyword {
                    name: $name,
                    shape: Shape::$shape,
                    dispositions: &[$(Disposition::$disposition $((Rule::$rule))?),+],
                }),+],)+
            }
        }
    };
}

keywords! {
    Root {
        "openapi" Text Documentation;
        "info" Map Sdk;
        "servers" List Documentation;
        "tags" List Type | RunTime;
        "paths" Map Type | RunTime | Sdk;
        "components" Map Type | Validator | RunTime | Sdk;
        "security" Any Respelt;
    }
    Info {
        "title" Text Documentation;
        "version" Text Sdk;
        "description" Text Documentation;
        "license" Map Documentation;
    }
    License {
        "name" Text Documentation;
        "identifier" Text Documentation;
    }
    Server {
        "url" Text Documentation;
        "description" Text Documentation;
    }
    Tag {
        "name" Text Type | RunTime;
        "description" Text Documentation;
        "x-divergence" Any Documentation;
        "x-at-a-glance" Map Documentation;
        "x-base-path" List RunTime;
        "x-unmatched" Map Type | RunTime;
    }
    PathItem {
        "get" Map Type | RunTime | Sdk;
        "put" Map Type | RunTime | Sdk;
        "post" Map Type | RunTime | Sdk;
        "delete" Map Type | RunTime | Sdk;
        "options" Map Type | RunTime | Sdk;
        "head" Map Type | RunTime | Sdk;
        "patch" Map Type | RunTime | Sdk;
        "parameters" Any Respelt;
    }
    Operation {
        "operationId" Text Type | RunTime | Sdk;
        "summary" Text Documentation;
        "description" Text Documentation;
        "tags" List Type | RunTime | Sdk;
        "security" List Type | RunTime | Sdk;
        "parameters" List Type | RunTime | Sdk;
        "requestBody" Map Type | Validator | RunTime | Sdk;
        "responses" Map Type | RunTime | Sdk;
        "x-divergence" Any Documentation;
        "x-rate-bucket" Any Type | RunTime;
        "x-exact-names" Any RunTime;
        "x-cors" Any RunTime;
        "x-one-proof" Any Sdk;
        "x-proves" Any Proof;
        "deprecated" Any Respelt;
    }
    Parameter {
        "name" Text Type | RunTime | Sdk;
        "in" Text RunTime | Sdk;
        "required" Flag Type | RunTime | Sdk;
        "description" Text Documentation;
        "schema" Map Type | Validator | RunTime | Sdk;
        "example" Any Documentation;
        "style" Any Respelt;
        "explode" Any Respelt;
        "deprecated" Any Respelt;
        "allowEmptyValue" Any Respelt;
        "allowReserved" Any Respelt;
        "x-divergence" Any Documentation;
        "x-secret" Any Type | RunTime;
        "x-owned-by" Any Proof;
    }
    RequestBody {
        "description" Text Documentation;
        "required" Flag Type | RunTime;
        "content" Map RunTime | Sdk;
    }
    Response {
        "description" Text Documentation;
        "headers" Map Type | RunTime | Sdk;
        "content" Map Type | RunTime | Sdk;
        "x-divergence" Any Documentation;
        "x-refusal" Any Type | RunTime | Sdk;
    }
    Header {
        "description" Text Documentation;
        "required" Flag Documentation;
        "schema" Map Type | Sdk;
        "example" Any Documentation;
        "style" Any Respelt;
        "explode" Any Respelt;
        "deprecated" Any Respelt;
        "x-divergence" Any Documentation;
        "x-secret" Any Type | Sdk;
        "x-optional" Any Type | RunTime;
        "x-stamped" Any Type | RunTime;
        "x-error" Any Sdk;
        "x-credential" Any Sdk;
    }
    MediaType {
        "schema" Map Type | Validator | RunTime | Sdk;
        "examples" Map Documentation;
        "example" Any Refused(ExampleForm);
    }
    Example {
        "summary" Text Documentation;
        "description" Text Documentation;
        "value" Any Documentation;
    }
    Schema {
        "description" Text Documentation;
        "type" Any Type | Validator | Sdk;
        "const" Any Respelt;
        "deprecated" Any Respelt;
        "readOnly" Any Respelt;
        "writeOnly" Any Respelt;
        "uniqueItems" Any Respelt;
        "anyOf" Any Refused(SchemaType);
        "allOf" Any Refused(SchemaType);
        "not" Any Refused(SchemaType);
        "nullable" Any Refused(SchemaType);
        "oneOf" List Validator | RunTime | Sdk;
        "format" Text Type | Validator | Sdk;
        "enum" List Type | Validator | RunTime | Sdk;
        "properties" Map Type | Validator | RunTime | Sdk;
        "required" List Type | Validator | RunTime | Sdk;
        "additionalProperties" Any Type | Validator | Sdk;
        "items" Map Type | Validator | Sdk;
        "minLength" Number Validator | Sdk;
        "maxLength" Number Validator | Sdk;
        "pattern" Text Validator;
        "minimum" Number Validator | Sdk;
        "maximum" Number Validator;
        "minItems" Number Validator;
        "maxItems" Number Validator;
        "default" Any RunTime | Sdk;
        "x-divergence" Any Documentation;
        "x-secret" Any Type | Sdk;
        "x-error" Any Sdk;
        "x-owned-by" Any Proof;
    }
    SecurityScheme {
        "type" Text Type | RunTime | Sdk;
        "description" Text Documentation;
        "in" Text RunTime | Sdk;
        "name" Text Type | RunTime | Sdk;
        "scheme" Text Type | RunTime | Sdk;
        "bearerFormat" Text Documentation;
        "x-credential" Any Sdk;
        "x-basic" Any RunTime | Sdk;
        "x-proves" Any Proof;
        "x-divergence" Any Documentation;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn rows() -> impl Iterator<Item = &'static Keyword> {
        let all = KINDS.iter().flat_map(|kind| keywords(*kind));
        all.filter(|row| row.name.starts_with("x-"))
    }

    #[test]
    fn every_extension_of_the_table_has_its_readers_and_no_other_has() {
        let stand: BTreeSet<&str> = rows().map(|row| row.name).collect();
        let read: BTreeSet<&str> = READERS.iter().map(|(name, _)| *name).collect();
        assert_eq!(stand, read);
    }

    #[test]
    fn the_readers_of_an_extension_read_it() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        for (name, files) in READERS {
            let is_text = rows()
                .filter(|row| row.name == name)
                .all(|row| row.dispositions == [Disposition::Documentation]);
            assert_eq!(files.is_empty(), is_text, "{name}");
            for file in files {
                let text = std::fs::read_to_string(root.join(file)).expect(file);
                assert!(
                    text.contains(&format!("\"{name}\"")),
                    "{file} has no {name}"
                );
            }
        }
    }
}
