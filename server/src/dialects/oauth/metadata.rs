//! The authority's metadata (RFC 8414): where everything is, under the public URL.

use crate::generated::{
    oauth::{OauthAudiences, OauthClientAuthMethod, OauthMetadata},
    wire::UriText,
};

/// The metadata of the authority that issues as `issuer`, which has no slash at its end.
pub(super) fn metadata(issuer: &str) -> OauthMetadata {
    let at = |path: &str| UriText(format!("{issuer}{path}"));
    let methods = || {
        vec![
            OauthClientAuthMethod::ClientSecretBasic,
            OauthClientAuthMethod::ClientSecretPost,
        ]
    };
    OauthMetadata {
        issuer: at(""),
        introspection_endpoint: at("/oauth/introspect"),
        introspection_endpoint_auth_methods_supported: methods(),
        revocation_endpoint: at("/oauth/revoke"),
        revocation_endpoint_auth_methods_supported: methods(),
        jwks_uri: at("/.well-known/jwks.json"),
        response_types_supported: vec!["none".to_owned()],
        grant_types_supported: vec!["client_credentials".to_owned()],
        service_documentation: at("/docs/"),
        // Dialects do not know each other; a test compares these with the tokens.
        tessera_audiences: OauthAudiences {
            auth_api: "auth_api".to_owned(),
            manis: "manis".to_owned(),
        },
    }
}
