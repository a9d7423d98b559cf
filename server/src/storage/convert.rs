//! Rows to records and back. A row that cannot be read is a fault of the database, not an unknown token.

use sea_orm::ActiveValue::Set;
use serde_json::Value;

use super::entities::{audit, key, principal, secret, session};
use super::failure::Failure;
use crate::domain::work::{Work, note};
use crate::domain::{
    Actor, AuditRecord, Dialect, KeyAlgorithm, KeyId, KeyRecord, KeyState, Principal, PrincipalId,
    PrincipalKind, SecretPurpose, SecretRecord, SecretState, SessionRecord, TokenHash,
};

/// Fails with the name of a column that holds what nobody wrote.
fn read<T>(value: Option<T>, column: &'static str) -> Result<T, Failure> {
    value.ok_or_else(|| Failure::unreadable(column))
}

/// The key of a row that is found by a hash.
pub(super) fn hash(bytes: &[u8]) -> Result<TokenHash, Failure> {
    read(bytes.try_into().ok().map(TokenHash), "hash")
}

pub(super) fn principal(row: principal::Model) -> Result<Principal, Failure> {
    note(Work::Profile);
    let profile = match serde_json::from_str(&row.profile) {
        Ok(Value::Object(map)) => Some(map),
        Ok(_) | Err(_) => None,
    };
    Ok(Principal {
        id: PrincipalId(row.id),
        dialect: Dialect::stored(&row.dialect),
        kind: read(PrincipalKind::parse(&row.kind), "principals.kind")?,
        name: row.name,
        enabled: row.enabled,
        profile: read(profile, "principals.profile")?,
        created_at_ms: row.created_at_ms,
    })
}

pub(super) fn principal_row(principal: Principal) -> principal::ActiveModel {
    principal::ActiveModel {
        id: Set(principal.id.0),
        dialect: Set(principal.dialect.as_str().to_owned()),
        kind: Set(principal.kind.as_str().to_owned()),
        name: Set(principal.name),
        enabled: Set(principal.enabled),
        profile: Set(Value::Object(principal.profile).to_string()),
        created_at_ms: Set(principal.created_at_ms),
    }
}

pub(super) fn secret(row: secret::Model) -> Result<SecretRecord, Failure> {
    let algorithm = match row.algorithm {
        None => None,
        Some(text) => Some(read(KeyAlgorithm::parse(&text), "secrets.algorithm")?),
    };
    Ok(SecretRecord {
        id: KeyId::new(row.id),
        principal: PrincipalId(row.principal_id),
        purpose: read(SecretPurpose::parse(&row.purpose), "secrets.purpose")?,
        state: read(SecretState::parse(&row.state), "secrets.state")?,
        algorithm,
        kid: row.kid,
        material: row.material,
        last_step: row.last_step,
        created_at_ms: row.created_at_ms,
    })
}

pub(super) fn secret_row(secret: SecretRecord) -> secret::ActiveModel {
    secret::ActiveModel {
        id: Set(secret.id.as_str().to_owned()),
        principal_id: Set(secret.principal.0),
        purpose: Set(secret.purpose.as_str().to_owned()),
        state: Set(secret.state.as_str().to_owned()),
        algorithm: Set(secret
            .algorithm
            .map(|algorithm| algorithm.as_str().to_owned())),
        kid: Set(secret.kid),
        material: Set(secret.material),
        last_step: Set(secret.last_step),
        created_at_ms: Set(secret.created_at_ms),
    }
}

pub(super) fn session(row: &session::Model) -> Result<SessionRecord, Failure> {
    Ok(SessionRecord {
        hash: hash(&row.hash)?,
        dialect: Dialect::stored(&row.dialect),
        principal: PrincipalId(row.principal_id),
        created_at_ms: row.created_at_ms,
        expires_at_ms: row.expires_at_ms,
    })
}

pub(super) fn session_row(session: &SessionRecord) -> session::ActiveModel {
    session::ActiveModel {
        hash: Set(session.hash.0.to_vec()),
        dialect: Set(session.dialect.as_str().to_owned()),
        principal_id: Set(session.principal.0),
        created_at_ms: Set(session.created_at_ms),
        expires_at_ms: Set(session.expires_at_ms),
    }
}

pub(super) fn key(row: key::Model) -> Result<KeyRecord, Failure> {
    Ok(KeyRecord {
        id: KeyId::new(row.id),
        dialect: Dialect::stored(&row.dialect),
        algorithm: read(
            KeyAlgorithm::parse(&row.algorithm),
            "signing_keys.algorithm",
        )?,
        state: read(KeyState::parse(&row.state), "signing_keys.state")?,
        sealed: row.sealed,
        public: row.public,
        created_at_ms: row.created_at_ms,
        retired_at_ms: row.retired_at_ms,
    })
}

pub(super) fn key_row(key: KeyRecord) -> key::ActiveModel {
    key::ActiveModel {
        id: Set(key.id.as_str().to_owned()),
        dialect: Set(key.dialect.as_str().to_owned()),
        algorithm: Set(key.algorithm.as_str().to_owned()),
        state: Set(key.state.as_str().to_owned()),
        sealed: Set(key.sealed),
        public: Set(key.public),
        created_at_ms: Set(key.created_at_ms),
        retired_at_ms: Set(key.retired_at_ms),
    }
}

pub(super) fn audit(row: audit::Model) -> AuditRecord {
    AuditRecord {
        at_ms: row.at_ms,
        first_at_ms: row.at_ms,
        count: 1,
        actor: Actor {
            name: row.actor,
            principal: row.actor_id.map(PrincipalId),
            address: row.address,
        },
        action: row.action.into(),
        dialect: row.dialect.as_deref().map(Dialect::stored),
        target: row.target,
        outcome: row.outcome.into(),
        reason: row.reason,
    }
}
