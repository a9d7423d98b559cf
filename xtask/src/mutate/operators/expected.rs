//! Which rule has to tell of a drift: what the server says is not what the document says, unless the drift is of a kind
//! about which the server says nothing.

use crate::problem::Rule;

/// The operators whose drifts may be told by a rule besides the one for what the server says.
///
/// Examples are nobody's but the document's; without some keywords a document is not understood; a secret that is
/// not a plain text is refused; and whether an object is closed is the SDK's to say.
const EXPECTED: &[(Rule, &[&str])] = &[
    (Rule::ExampleForm, &["drop-summary", "drop-value"]),
    (
        Rule::InvalidExample,
        &["change-example", "fill", "fill-mentions"],
    ),
    (Rule::MissingExample, &["drop-example", "drop-examples"]),
    (Rule::ParameterShape, &["drop-example", "drop-required"]),
    (
        Rule::ResponseHeader,
        &["drop-example", "drop-x-optional", "drop-required"],
    ),
    (
        Rule::ErrorPlaces,
        &[
            "drop-x-error",
            "change-code",
            "change-message",
            "change-retry",
            "change-x-error",
        ],
    ),
    (
        Rule::SdkError,
        &[
            "drop-x-error",
            "drop-message",
            "drop-retry",
            "change-x-error",
        ],
    ),
    (
        Rule::SdkSecurity,
        &[
            "change-x-credential",
            "drop-x-credential",
            "drop-x-one-proof",
            "drop-scope",
        ],
    ),
    (Rule::SecurityScheme, &["drop-x-basic"]),
    (Rule::BasePath, &["drop-x-at-a-glance"]),
    (Rule::CorsOfPath, &["add-cors", "drop-x-cors"]),
    (Rule::ComponentName, &["rename-response-everywhere"]),
    (Rule::InlineObject, &["drop-additionalProperties"]),
    (Rule::InvalidDocument, &["drop-name"]),
    (Rule::ObjectRequired, &["drop-required"]),
    (Rule::OperationDocumentation, &["drop-description"]),
    (Rule::OperationSecurity, &["drop-security"]),
    (Rule::RequestBody, &["drop-required"]),
    (
        Rule::UnhandledKeyword,
        &["add-explode", "add-style", "change-openapi", "drop-openapi"],
    ),
    (
        Rule::UnknownExtension,
        &[
            "add-x-secret",
            "change-item",
            "change-x-basic",
            "change-x-cors",
            "change-x-credential",
            "change-x-error",
            "change-x-optional",
            "drop-code",
            "drop-issues",
            "drop-members",
            "drop-proof",
            "drop-refusals",
            "drop-schemes",
            "drop-scope",
            "drop-tokens",
        ],
    ),
    (
        Rule::SdkType,
        &[
            "change-additionalProperties",
            "close-object",
            "drop-additionalProperties",
            "rename-schema-everywhere",
        ],
    ),
];

/// Whether a finding of this rule is one that a drift of this operator has to lead to.
#[must_use]
pub fn is_expected(operator: &str, rule: Rule) -> bool {
    rule == Rule::EmittedDiffers
        || EXPECTED
            .iter()
            .any(|(known, operators)| *known == rule && operators.contains(&operator))
}
