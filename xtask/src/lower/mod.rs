//! Lowers an OpenAPI 3.1 document to the 3.0.3 that progenitor reads, in memory.
//!
//! Lowering never fails: what 3.0 (or progenitor) cannot say is rewritten or dropped, and each edit that
//! changes what the document promises is told as a [`LossyEdit`]. Whether a loss is acceptable is decided by
//! comparison with a reviewed list, not here.

mod components;
mod names;
mod operations;
mod responses;
mod schemas;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The lowered document and everything that was lost on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Lowered {
    /// A 3.0.3 document.
    pub document: Value,
    /// The losses, in document order.
    pub losses: Vec<LossyEdit>,
}

/// One edit that made the lowered document say less than the 3.1 document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LossyEdit {
    /// Stable kebab-case name of the kind of edit: [`LoweringRule::name`].
    pub kind: String,
    /// JSON pointer into the merged document.
    pub pointer: String,
    /// What was lost.
    pub lost: String,
}

impl fmt::Display for LossyEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.kind, self.pointer, self.lost)
    }
}

/// Declares the rules once, with the name each has in the allow-list.
macro_rules! rules {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal,)+) => {
        /// The reasons for which lowering loses something.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum LoweringRule { $($(#[$doc])+ $variant,)+ }

        impl LoweringRule {
            /// Every rule, in the order of their declaration.
            pub const ALL: &[LoweringRule] = &[$(LoweringRule::$variant,)+];

            /// The rule's name in reports and in the allow-list.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(LoweringRule::$variant => $name,)+ }
            }
        }
    };
}

rules! {
    /// An error without a body beside typed ones: progenitor wants one type for all errors of an operation.
    BodylessError = "bodyless-error",
    /// An error whose body is not JSON beside typed ones.
    UntypedError = "untyped-error",
    /// Several error schemas in one operation, joined by `oneOf`.
    ErrorUnion = "error-union",
    /// Several success answers in one operation, of which one is kept.
    SuccessUnion = "success-union",
    /// A `default` response, spelt out as `4XX` and `5XX`.
    DefaultResponse = "default-response",
    /// Of several media types of a request body one is kept.
    RequestMediaType = "request-media-type",
    /// Of several media types of a response one is kept.
    ResponseMediaType = "response-media-type",
    /// A structured JSON media type (`application/…+json`) is read as plain JSON.
    JsonMediaType = "json-media-type",
    /// A request body that may be left out: the client always sends one.
    OptionalBody = "optional-body",
    /// `encoding` of a media type.
    Encoding = "encoding",
    /// A cookie parameter; only a cookie security scheme reaches the client.
    CookieParameter = "cookie-parameter",
    /// A parameter described by `content` instead of `schema`.
    ParameterContent = "parameter-content",
    /// Callbacks, of an operation or shared.
    Callbacks = "callbacks",
    /// Servers of one path or operation.
    LocalServers = "local-servers",
    /// A path item that cannot be followed to its definition.
    PathReference = "path-reference",
    /// Webhooks.
    Webhooks = "webhooks",
    /// A keyword of the document's root or `info` that 3.0 lacks.
    RootKeyword = "root-keyword",
    /// A security scheme that 3.0 lacks.
    SecurityScheme = "security-scheme",
    /// `summary` or `description` beside a `$ref` that is not a schema's.
    ReferenceAnnotation = "reference-annotation",
    /// A JSON Schema 2020-12 keyword that 3.0 lacks.
    SchemaKeyword = "schema-keyword",
    /// Several `examples` of a schema, of which the first is kept.
    SchemaExamples = "schema-examples",
    /// Several types of one schema, spelt out as `anyOf`.
    TypeUnion = "type-union",
    /// `prefixItems`, widened to one schema for all items.
    PrefixItems = "prefix-items",
}

impl fmt::Display for LoweringRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Lowers `document`, a 3.1 document whose references all resolve.
#[must_use]
pub fn lower(document: &Value) -> Lowered {
    let mut lowering = Lowering { losses: Vec::new() };
    let mut document = document.clone();
    lowering.root(&mut document);
    lowering.components(&mut document);
    lowering.paths(&mut document);
    Lowered {
        document,
        losses: lowering.losses,
    }
}

/// The state of one run: what was lost so far.
struct Lowering {
    losses: Vec<LossyEdit>,
}

impl Lowering {
    fn lose(&mut self, rule: LoweringRule, pointer: &str, lost: impl Into<String>) {
        self.losses.push(LossyEdit {
            kind: rule.name().to_owned(),
            pointer: pointer.to_owned(),
            lost: lost.into(),
        });
    }

    /// The version, `info`, and the root keywords that came with 3.1.
    fn root(&mut self, document: &mut Value) {
        let Some(root) = document.as_object_mut() else {
            return;
        };
        root.insert("openapi".to_owned(), Value::from("3.0.3"));
        for keyword in ["jsonSchemaDialect", "$self"] {
            if root.shift_remove(keyword).is_some() {
                self.lose(LoweringRule::RootKeyword, &format!("/{keyword}"), "dropped");
            }
        }
        if root.shift_remove("webhooks").is_some() {
            self.lose(LoweringRule::Webhooks, "/webhooks", "dropped");
        }
        if let Some(info) = root.get_mut("info").and_then(Value::as_object_mut) {
            if info.shift_remove("summary").is_some() {
                self.lose(LoweringRule::RootKeyword, "/info/summary", "dropped");
            }
            if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut)
                && let Some(Value::String(identifier)) = license.shift_remove("identifier")
            {
                // The SPDX page of a licence says the same as its identifier.
                license.entry("url").or_insert_with(|| {
                    format!("https://spdx.org/licenses/{identifier}.html").into()
                });
            }
        }
    }
}
