//! A second principal of every dialect beside the demo's, for tests of what one may do to another.

use serde_json::Value;
use tessera_server::{
    authority::NewSecret,
    domain::{Actor, Dialect, MachineSecret, Principal, PrincipalKind, Secret},
};

use super::Tessera;
use crate::dialects::TRIALS;

/// The password of every user made here.
const PASSWORD: &str = "the_second_password";

/// Makes the second principals, and tells what they prove themselves with in the form of the demo's credentials. What a
/// trial says nothing of stays the demo's.
pub async fn principals(server: &Tessera) -> Value {
    let mut held = server.all_held().clone();
    for trial in TRIALS {
        for (member, text) in trial.second(server).await {
            held[trial.dialect()][member] = text.into();
        }
    }
    held
}

/// Registers a principal.
pub async fn principal(
    server: &Tessera,
    dialect: Dialect,
    kind: PrincipalKind,
    name: &str,
    profile: Value,
) -> Principal {
    let profile = profile.as_object().cloned();
    let profile = profile.expect("a profile is an object");
    let registry = server.authority().registry();
    registry
        .create_principal(&Actor::operator(), dialect, kind, name, profile)
        .await
        .expect("the principal is new")
}

/// Adds a secret: its id, and its text where it is shown.
pub async fn secret(
    server: &Tessera,
    of: &Principal,
    secret: NewSecret,
) -> (String, Option<Secret>) {
    let registry = server.authority().registry();
    let registered = registry
        .add_secret(&Actor::operator(), of, secret)
        .await
        .expect("a secret can be added");
    (registered.id.as_str().to_owned(), registered.value)
}

/// Adds a random secret, and tells it.
pub async fn random(server: &Tessera, of: &Principal, purpose: MachineSecret) -> String {
    let (_, value) = secret(server, of, NewSecret::Random(purpose)).await;
    let value = value.expect("random secrets are shown once");
    value.expose().to_owned()
}

/// Adds a password, and tells it.
pub async fn password(server: &Tessera, of: &Principal) -> String {
    let new = NewSecret::Password {
        password: Secret::new(PASSWORD.to_owned()),
        keep_tokens: false,
    };
    secret(server, of, new).await;
    PASSWORD.to_owned()
}
