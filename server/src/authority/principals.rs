//! Principals: finding, creating, changing.

use serde_json::{Map, Value};

use super::{
    Actor, AuthorityError, Dialect, Principal, PrincipalId, PrincipalKind, ScopeSet, TokenAuthority,
};

impl TokenAuthority {
    /// A principal by name.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn find_principal(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        name: &str,
    ) -> Result<Option<Principal>, AuthorityError> {
        Ok(self
            .core
            .store
            .principal_by_name(dialect, kind, name.to_owned())
            .await?)
    }

    /// A principal by its internal identifier.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn principal(&self, id: PrincipalId) -> Result<Option<Principal>, AuthorityError> {
        Ok(self.core.store.principal(id).await?)
    }

    /// Creates a principal.
    ///
    /// # Errors
    /// `AlreadyExists` if the name is taken in that dialect and kind.
    pub async fn create_principal(
        &self,
        actor: &Actor,
        dialect: Dialect,
        kind: PrincipalKind,
        name: &str,
        profile: Map<String, Value>,
    ) -> Result<Principal, AuthorityError> {
        let _ = (actor, dialect, kind, name, profile);
        Err(AuthorityError::Unavailable)
    }

    /// Creates a principal, or gives the existing one that profile and enables it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn ensure_principal(
        &self,
        actor: &Actor,
        dialect: Dialect,
        kind: PrincipalKind,
        name: &str,
        profile: Map<String, Value>,
    ) -> Result<Principal, AuthorityError> {
        let _ = (actor, dialect, kind, name, profile);
        Err(AuthorityError::Unavailable)
    }

    /// Enables or disables a principal; a disabled one proves nothing and its tokens are refused.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn set_enabled(
        &self,
        actor: &Actor,
        principal: &Principal,
        enabled: bool,
    ) -> Result<(), AuthorityError> {
        let _ = (actor, principal, enabled);
        Err(AuthorityError::Unavailable)
    }

    /// The scopes a user has granted a client, if any.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn granted_scopes(
        &self,
        user: PrincipalId,
        client: PrincipalId,
    ) -> Result<Option<ScopeSet>, AuthorityError> {
        Ok(self.core.store.grant(user, client).await?)
    }
}
