//! The authority's metadata (RFC 8414): where everything is, under the public URL.

use super::REGISTRATIONS;
use crate::generated::{
    oauth::{OauthAudiences, OauthClientAuthMethod, OauthMetadata},
    wire::{FreeObject, UriText},
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
        tessera_audiences: audiences(),
    }
}

/// What each dialect's JWTs are for, under its name.
fn audiences() -> OauthAudiences {
    let named = REGISTRATIONS.iter().filter_map(|dialect| {
        let audience = dialect.tokens.audience?;
        Some((dialect.id.as_str().to_owned(), audience.into()))
    });
    FreeObject(named.collect())
}
