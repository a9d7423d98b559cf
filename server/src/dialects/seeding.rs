//! The demo's principals of a dialect: what they are made with, and what they prove themselves by.

use std::fmt;

use serde_json::{Map, Value};

use super::{Unfit, kind_of};
use crate::{
    authority::{
        IssueError, NewSecret, RegisteredSecret, RegistryError, TokenAuthority, Unavailable,
    },
    domain::{Actor, Dialect, MachineSecret, Principal, PrincipalKind, Secret},
};

/// Why the demo's part of a dialect could not be set up; the text is for operators.
#[derive(Debug, thiserror::Error)]
pub enum ShowcaseError {
    /// A principal or secret was refused.
    #[error("cannot seed the demo's principals: {0}")]
    Registry(#[from] RegistryError),
    /// A token that a principal begins with was refused.
    #[error("cannot seed the demo's principals: {0}")]
    Token(#[from] IssueError),
    /// A part of the authority failed.
    #[error("cannot seed the demo's principals: {0}")]
    Authority(#[from] Unavailable),
    /// A principal is not as its dialect says that they are.
    #[error("cannot seed the demo's principals: {0}")]
    Unfit(#[from] Unfit),
    /// The authority did not hand out a secret it made.
    #[error("cannot seed the demo's principals: a secret is missing")]
    SecretMissing,
    /// The server refused to make what the printed commands need.
    #[error("cannot prepare the demo's commands: {0} was refused")]
    Trial(&'static str),
}

/// What the demo's principals of a dialect prove themselves by, named, in the order in which it is shown.
#[derive(Debug, Clone, Default)]
pub struct Held(Vec<(&'static str, Text)>);

#[derive(Clone)]
enum Text {
    Public(String),
    Secret(Secret),
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public(text) => text.fmt(f),
            Self::Secret(secret) => secret.fmt(f),
        }
    }
}

impl Held {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a text that anybody may see, such as a name.
    #[must_use]
    pub fn public(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.0.push((name, Text::Public(text.into())));
        self
    }

    /// With a secret.
    #[must_use]
    pub fn secret(mut self, name: &'static str, secret: Secret) -> Self {
        self.0.push((name, Text::Secret(secret)));
        self
    }

    /// The text of that name, in clear; nothing, where nobody has put any.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(held, _)| *held == name);
        found.map_or("", |(_, text)| text.in_clear())
    }

    /// As a JSON object, secrets in clear.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let members = self.0.iter();
        let members = members.map(|(name, text)| ((*name).to_owned(), text.in_clear().into()));
        Value::Object(members.collect::<Map<_, _>>())
    }
}

impl Text {
    fn in_clear(&self) -> &str {
        match self {
            Self::Public(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

/// What principals are made with.
pub struct Seeding<'a> {
    authority: &'a TokenAuthority,
    operator: Actor,
    keep_tokens: bool,
}

impl<'a> Seeding<'a> {
    /// On that authority; a user's new password ends the user's sessions and tokens, unless they are to be kept.
    #[must_use]
    pub fn on(authority: &'a TokenAuthority, keep_tokens: bool) -> Self {
        Self {
            authority,
            operator: Actor::operator(),
            keep_tokens,
        }
    }

    /// The authority, for what is no principal and no secret.
    #[must_use]
    pub fn authority(&self) -> &TokenAuthority {
        self.authority
    }

    /// Who makes all of it.
    #[must_use]
    pub fn operator(&self) -> &Actor {
        &self.operator
    }

    /// The principal of that name, made with this profile (a JSON object) if there is none.
    ///
    /// # Errors
    /// `Unfit` when it is not as its dialect says, and those of the registry.
    pub async fn principal(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        name: &str,
        profile: Value,
    ) -> Result<Principal, ShowcaseError> {
        let profile = profile.as_object().cloned().unwrap_or_default();
        if let Some(rules) = kind_of(dialect, kind) {
            rules.check_name(name)?;
            rules.check_profile(&profile)?;
        }
        let registry = self.authority.registry();
        let made = registry.ensure_principal(&self.operator, dialect, kind, name, profile);
        Ok(made.await?)
    }

    /// A secret in the place of those of its purpose.
    ///
    /// # Errors
    /// Those of the registry.
    pub async fn register(
        &self,
        of: &Principal,
        secret: NewSecret,
    ) -> Result<RegisteredSecret, ShowcaseError> {
        let registry = self.authority.registry();
        Ok(registry.replace_secret(&self.operator, of, secret).await?)
    }

    /// A random secret that a machine sends as it is.
    ///
    /// # Errors
    /// Those of the registry.
    pub async fn random(
        &self,
        of: &Principal,
        sort: MachineSecret,
    ) -> Result<Secret, ShowcaseError> {
        self.value(of, NewSecret::Random(sort)).await
    }

    /// A random password of word characters only, as some dialect insists.
    ///
    /// # Errors
    /// Those of the registry.
    pub async fn password(&self, of: &Principal) -> Result<Secret, ShowcaseError> {
        let keep_tokens = self.keep_tokens;
        self.value(of, NewSecret::RandomPassword { keep_tokens })
            .await
    }

    /// What is registered, in clear.
    ///
    /// # Errors
    /// Those of the registry; `SecretMissing` for what nobody but its holder knows.
    pub async fn value(&self, of: &Principal, secret: NewSecret) -> Result<Secret, ShowcaseError> {
        let registered = self.register(of, secret).await?;
        registered.value.ok_or(ShowcaseError::SecretMissing)
    }
}
