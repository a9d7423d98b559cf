//! Principals: finding, listing, creating, changing.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::changes::{Change, ChangeSet};
use super::{Core, Page, PrincipalFilter, Registry, RegistryError, StoreError, Unavailable, audit};
use crate::domain::{
    Actor, Dialect, NoRandomness, Principal, PrincipalId, PrincipalKind, ScopeSet,
};

/// A principal's profile as its dialect's own type.
///
/// # Errors
/// [`Unavailable`] when it is not one: rights that cannot be read are not guessed.
pub fn profile_as<T: DeserializeOwned>(principal: &Principal) -> Result<T, Unavailable> {
    T::deserialize(&principal.profile).map_err(|error| {
        tracing::error!(principal = %principal.id, %error, "unreadable profile");
        Unavailable
    })
}

/// Why a profile was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// It is another one than it was.
    #[error("changed meanwhile")]
    Changed,
    /// See [`Unavailable`].
    #[error("unavailable")]
    Unavailable,
}

impl From<Unavailable> for ProfileError {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl Registry<'_> {
    /// A principal by name.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn find_principal(
        self,
        dialect: Dialect,
        kind: PrincipalKind,
        name: &str,
    ) -> Result<Option<Principal>, Unavailable> {
        Ok(self
            .0
            .store
            .principal_by_name(dialect, kind, name.to_owned())
            .await?)
    }

    /// The name of the principal that is called so; or else of the one enabled principal whose profile has that `email`,
    /// ASCII letters in either case, none if several have it. Whether and how it is found costs the same.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn name_or_email(
        self,
        dialect: Dialect,
        kind: PrincipalKind,
        text: &str,
    ) -> Result<Option<String>, Unavailable> {
        Ok(self
            .0
            .store
            .name_or_email(dialect, kind, text.to_owned())
            .await?)
    }

    /// A principal by its internal identifier.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn principal(self, id: PrincipalId) -> Result<Option<Arc<Principal>>, Unavailable> {
        self.0.principal(id).await
    }

    /// Creates a principal.
    ///
    /// # Errors
    /// `Exists` if the name is taken in that dialect and kind, `Unavailable`.
    pub async fn create_principal(
        self,
        actor: &Actor,
        dialect: Dialect,
        kind: PrincipalKind,
        name: &str,
        profile: Map<String, Value>,
    ) -> Result<Principal, RegistryError> {
        let at_ms = self.0.now_ms();
        let principal = Principal {
            id: self.0.new_principal_id().map_err(Unavailable::from)?,
            dialect,
            kind,
            name: name.to_owned(),
            enabled: true,
            profile,
            created_at_ms: at_ms,
        };
        let changes = ChangeSet::new()
            .with(Change::InsertPrincipal(principal.clone()))
            .with(audit::done(at_ms, actor, "principal.create").on(dialect, name));
        self.0.store.commit(changes).await?;
        Ok(principal)
    }

    /// Creates a principal, or gives the existing one that profile and enables it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn ensure_principal(
        self,
        actor: &Actor,
        dialect: Dialect,
        kind: PrincipalKind,
        name: &str,
        profile: Map<String, Value>,
    ) -> Result<Principal, RegistryError> {
        let Some(mut principal) = self.find_principal(dialect, kind, name).await? else {
            return self
                .create_principal(actor, dialect, kind, name, profile)
                .await;
        };
        principal.profile = profile;
        principal.enabled = true;
        let changes = ChangeSet::new()
            .with(Change::UpdateProfile(
                principal.id,
                principal.profile.clone(),
            ))
            .with(Change::SetEnabled(principal.id, true))
            .with(audit::done(self.0.now_ms(), actor, "principal.update").on(dialect, name));
        self.0.store.commit(changes).await?;
        Ok(principal)
    }

    /// Gives a principal another profile, if it still has the one that it was read with.
    ///
    /// # Errors
    /// `Changed` when somebody else gave it another one meanwhile, `Unavailable`.
    pub async fn replace_profile(
        self,
        actor: &Actor,
        principal: &Principal,
        profile: Map<String, Value>,
    ) -> Result<(), ProfileError> {
        let changes = ChangeSet::new()
            .with(Change::ReplaceProfile {
                principal: principal.id,
                was: principal.profile.clone(),
                is: profile,
            })
            .with(
                audit::done(self.0.now_ms(), actor, "principal.update")
                    .on(principal.dialect, &principal.name),
            );
        match self.0.store.commit(changes).await {
            Ok(_) => Ok(()),
            Err(StoreError::Conflict) => Err(ProfileError::Changed),
            Err(error) => Err(Unavailable::from(error).into()),
        }
    }

    /// A page of principals.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn principals(self, filter: PrincipalFilter) -> Result<Page<Principal>, Unavailable> {
        Ok(self.0.store.principals(filter).await?)
    }

    /// Enables or disables a principal; a disabled one proves nothing and its tokens are refused.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn set_enabled(
        self,
        actor: &Actor,
        principal: &Principal,
        enabled: bool,
    ) -> Result<(), Unavailable> {
        let action = if enabled {
            "principal.enable"
        } else {
            "principal.disable"
        };
        let changes = ChangeSet::new()
            .with(Change::SetEnabled(principal.id, enabled))
            .with(
                audit::done(self.0.now_ms(), actor, action).on(principal.dialect, &principal.name),
            );
        self.0.store.commit(changes).await?;
        Ok(())
    }

    /// The scopes a user has granted a client, if any.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn granted_scopes(
        self,
        user: PrincipalId,
        client: PrincipalId,
    ) -> Result<Option<ScopeSet>, Unavailable> {
        Ok(self.0.store.grant(user, client).await?)
    }
}

impl Core {
    /// A random positive integer below 2^53, which every JSON reader keeps exact.
    fn new_principal_id(&self) -> Result<PrincipalId, NoRandomness> {
        let mut bytes = [0_u8; 8];
        self.randomness.fill(&mut bytes)?;
        Ok(PrincipalId(
            (i64::from_be_bytes(bytes) & ((1 << 53) - 1)).max(1),
        ))
    }
}
