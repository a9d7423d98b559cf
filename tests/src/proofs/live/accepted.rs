//! What the live proof accepts by name: each entry has its reason, and one that is not needed any more is a finding.

/// Facts of answers that no answer shows, and why not.
pub const UNSEEN: &[(&str, &str)] = &[
    (
        "/components/schemas/OauthIntrospection/properties/nbf",
        NO_NBF,
    ),
    ("/components/schemas/OauthKey/properties/e", OTHER_KEYS),
    ("/components/schemas/OauthKey/properties/n", OTHER_KEYS),
    ("/components/schemas/OauthKey/properties/y", OTHER_KEYS),
    ("/components/schemas/OauthKeyAlgorithm/enum/1", OTHER_KEYS),
    ("/components/schemas/OauthKeyAlgorithm/enum/2", OTHER_KEYS),
    ("/components/schemas/OauthKeyType/enum/1", OTHER_KEYS),
    ("/components/schemas/OauthKeyType/enum/2", OTHER_KEYS),
    (
        "/components/schemas/PnutLink/properties/description",
        PROFILE,
    ),
    ("/components/schemas/PnutLink/properties/title", PROFILE),
    ("/components/schemas/PnutMention/properties/id", PROFILE),
    ("/components/schemas/PnutMention/properties/len", PROFILE),
    ("/components/schemas/PnutMention/properties/pos", PROFILE),
    ("/components/schemas/PnutMention/properties/text", PROFILE),
    ("/components/schemas/PnutUserType/enum/1", PROFILE),
    ("/components/schemas/PnutUserType/enum/2", PROFILE),
];

const NO_NBF: &str =
    "only a token that its holder signs can have one, and the answer's form is the same";
const OTHER_KEYS: &str =
    "the server signs with Ed25519 only; the document leaves room for the others";
const PROFILE: &str = "the server keeps no social network, so a profile has none of it";

/// Members of requests whose valid values may be refused with 400: what they may hold depends on more than
/// their schema can say. Operation, member, reason.
pub const MEANINGFUL: &[(&str, &str, &str)] = &[
    ("auth_api_issue_long_token", "/assertion", ONE_PROOF),
    ("auth_api_issue_long_token", "/assertion_type", ONE_PROOF),
    ("auth_api_issue_long_token", "/client_secret", ONE_PROOF),
    ("auth_api_issue_long_token", "/grant_type", ONE_PROOF),
    ("auth_api_issue_long_token", "/otp_code", ONE_PROOF),
    ("auth_api_issue_long_token", "/scopes", SCOPES),
    (
        "auth_api_issue_short_token",
        "/long_token",
        "sent beside a bearer it has to be the same token",
    ),
    ("auth_api_issue_short_token", "/scopes", SCOPES),
    ("oauth_introspect_token", "/client_id", ONE_WAY),
    ("oauth_introspect_token", "/client_secret", ONE_WAY),
    ("oauth_introspect_token", "/token", EMPTY),
    ("oauth_revoke_token", "/client_id", ONE_WAY),
    ("oauth_revoke_token", "/client_secret", ONE_WAY),
    ("oauth_revoke_token", "/token", EMPTY),
    ("pnut_create_access_token", "/client_id", EMPTY),
    ("pnut_create_access_token", "/client_secret", BY_GRANT),
    ("pnut_create_access_token", "/grant_type", BY_GRANT),
    ("pnut_create_access_token", "/password", BY_GRANT),
    (
        "pnut_create_access_token",
        "/password_grant_secret",
        BY_GRANT,
    ),
    ("pnut_create_access_token", "/scope", SCOPES),
    ("pnut_create_access_token", "/username", BY_GRANT),
    (
        "token_generator_create_token",
        "/permission",
        "a text has to hold a JSON object",
    ),
];

const ONE_PROOF: &str = "a request has exactly one proof, and grant_type says which";
const ONE_WAY: &str = "beside HTTP Basic they are a second way to authenticate, or another client";
const SCOPES: &str = "which scopes there are depends on who asks";
const EMPTY: &str = "a parameter without a value is one that was not sent (RFC 6749, section 3.1)";
const BY_GRANT: &str =
    "which members there must be depends on grant_type; a wrong name or password is 400";

/// States in which no credential of a scheme is tried, since there is none. Scheme, state, reason.
pub const UNTRIED: &[(&str, &str, &str)] = &[
    ("AuthApiClientKey", "malformed", ANY_TEXT),
    ("AuthApiClientKey", "revoked", OF_A_PRINCIPAL),
    ("AuthApiClientKey", "expired", OF_A_PRINCIPAL),
    ("ManisMerchantId", "malformed", ANY_TEXT),
    ("ManisMerchantId", "revoked", OF_A_PRINCIPAL),
    ("ManisMerchantId", "expired", OF_A_PRINCIPAL),
    ("ManisSecret", "malformed", ANY_TEXT),
    ("ManisSecret", "revoked", OF_A_PRINCIPAL),
    ("ManisSecret", "expired", OF_A_PRINCIPAL),
    ("OauthClientBasic", "revoked", OF_A_PRINCIPAL),
    ("OauthClientBasic", "expired", OF_A_PRINCIPAL),
    ("PnutBearer", "expired", UNTIL_REVOKED),
    ("PnutQueryToken", "expired", UNTIL_REVOKED),
];

/// Whether a list has an entry about that of somebody.
pub fn is_listed(list: &[(&str, &str, &str)], whose: &str, what: &str) -> bool {
    list.iter()
        .any(|(known, listed, _)| (*known, *listed) == (whose, what))
}

const ANY_TEXT: &str = "any text may be one";
const OF_A_PRINCIPAL: &str = "it belongs to a principal, and no operation ends those";
const UNTIL_REVOKED: &str = "a pnut token lives until somebody ends it";
