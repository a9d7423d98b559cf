//! A token as its row has it: small numbers for words, bytes for identifiers, and what many tokens share in their shape.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{QueryResult, TryGetable, Value};

use super::convert;
use super::failure::Failure;
use super::token_shapes::Shape;
use crate::domain::{
    Claims, Dialect, KeyId, PrincipalId, ScopeSet, TokenClass, TokenId, TokenRecord, TokenState,
};

/// Characters that say sixteen bytes.
const SIXTEEN_BYTES: usize = 22;

/// The number of a state. That of [`TokenState::Active`] stands in the texts of statements too, as 0.
pub(super) const fn state_number(state: TokenState) -> i64 {
    match state {
        TokenState::Active => 0,
        TokenState::Superseded => 1,
        TokenState::Revoked => 2,
    }
}

fn state(number: i64) -> Option<TokenState> {
    let mut states = TokenState::ALL.iter().copied();
    states.find(|state| state_number(*state) == number)
}

/// What stands before the random part of an identifier, and the random part. One that is not made so is kept as it is.
pub(super) fn split(id: &str) -> (Option<&str>, Vec<u8>) {
    let start = id.len().saturating_sub(SIXTEEN_BYTES);
    if let Some((prefix, random)) = id.split_at_checked(start)
        && random.len() == SIXTEEN_BYTES
        && let Ok(bytes) = URL_SAFE_NO_PAD.decode(random)
    {
        (Some(prefix), bytes)
    } else {
        (None, id.as_bytes().to_vec())
    }
}

fn join(prefix: Option<String>, bytes: Vec<u8>) -> Option<TokenId> {
    let text = match prefix {
        Some(mut text) => {
            URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
            text
        }
        None => String::from_utf8(bytes).ok()?,
    };
    Some(TokenId::new(text))
}

/// The bytes by which a token's row is found.
pub(super) fn id_bytes(id: &TokenId) -> Value {
    split(id.as_str()).1.into()
}

/// The columns that make a record, in the order in which [`read`] takes them; `t` is the row, `s` its shape.
pub(super) const COLUMNS: &str = "t.hash, t.id, t.principal_id, t.subject_id, t.claims, t.family, t.parent, t.state, \
t.issued_at_ms, t.not_before_ms, t.expires_at_ms, t.revoked_at_ms, \
s.dialect, s.class, s.scopes, s.audience, s.header, s.key_id, s.id_prefix, s.family_prefix, s.parent_prefix";

/// How many they are.
pub(super) const COLUMN_COUNT: usize = 21;

/// Takes the columns of a row one after the other.
pub(super) struct Columns<'a> {
    row: &'a QueryResult,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(super) const fn from(row: &'a QueryResult, next: usize) -> Self {
        Self { row, next }
    }

    pub(super) fn take<T: TryGetable>(&mut self) -> Result<T, Failure> {
        let value = self.row.try_get_by_index(self.next)?;
        self.next += 1;
        Ok(value)
    }
}

fn known<T>(value: Option<T>, column: &'static str) -> Result<T, Failure> {
    value.ok_or_else(|| Failure::unreadable(column))
}

/// The record whose [`COLUMNS`] come next.
pub(super) fn read(columns: &mut Columns<'_>) -> Result<TokenRecord, Failure> {
    let hash: Vec<u8> = columns.take()?;
    let id: Vec<u8> = columns.take()?;
    let principal = PrincipalId(columns.take()?);
    let subject: Option<i64> = columns.take()?;
    let claims: Option<String> = columns.take()?;
    let family: Option<Vec<u8>> = columns.take()?;
    let parent: Option<Vec<u8>> = columns.take()?;
    let state = known(state(columns.take()?), "tokens.state")?;
    let issued_at_ms = columns.take()?;
    let not_before_ms = columns.take()?;
    let expires_at_ms = columns.take()?;
    let revoked_at_ms = columns.take()?;
    // A row without its shape is a fault, not an unknown token.
    let dialect = known(columns.take::<Option<String>>()?, "tokens.shape")?;
    let class: String = columns.take()?;
    let scopes: String = columns.take()?;
    let audience = columns.take()?;
    let header = columns.take()?;
    let key_id: Option<String> = columns.take()?;
    let id = known(join(columns.take()?, id), "tokens.id")?;
    let (family_prefix, parent_prefix) = (columns.take()?, columns.take()?);
    let family = match family {
        Some(bytes) => known(join(family_prefix, bytes), "tokens.family")?,
        None => id.clone(),
    };
    let parent = match parent {
        Some(bytes) => Some(known(join(parent_prefix, bytes), "tokens.parent")?),
        None => None,
    };
    let claims = match claims {
        Some(text) => known(Claims::from_text(&text), "tokens.claims")?,
        None => Claims::new(),
    };
    Ok(TokenRecord {
        hash: convert::hash(&hash)?,
        id,
        dialect: Dialect::stored(&dialect),
        class: TokenClass::stored(class),
        principal,
        subject: subject.map(PrincipalId),
        scopes: ScopeSet::parse(&scopes),
        audience,
        claims,
        header,
        key_id: key_id.map(KeyId::new),
        family,
        parent,
        state,
        issued_at_ms,
        not_before_ms,
        expires_at_ms,
        revoked_at_ms,
    })
}

/// A row to be written, and its shape.
pub(super) struct Written<'a> {
    pub(super) shape: Shape<'a>,
    /// In the order of `hash, id, principal_id, subject_id, claims, family, parent, state, issued_at_ms, not_before_ms,
    /// expires_at_ms, revoked_at_ms`.
    pub(super) values: [Value; 12],
}

/// The row of a record. What a first token says of its family, and one without claims of them, is left out.
pub(super) fn written(record: &TokenRecord) -> Written<'_> {
    let (id_prefix, id) = split(record.id.as_str());
    let family = (record.family != record.id).then(|| split(record.family.as_str()));
    let parent = record.parent.as_ref().map(|parent| split(parent.as_str()));
    let bytes = |part: &Option<(_, Vec<u8>)>| part.as_ref().map(|(_, bytes)| bytes.clone());
    let claims = &record.claims;
    Written {
        values: [
            record.hash.0.to_vec().into(),
            id.into(),
            record.principal.0.into(),
            record.subject.map(|subject| subject.0).into(),
            (!claims.as_map().is_empty())
                .then(|| claims.to_text())
                .into(),
            bytes(&family).into(),
            bytes(&parent).into(),
            state_number(record.state).into(),
            record.issued_at_ms.into(),
            record.not_before_ms.into(),
            record.expires_at_ms.into(),
            record.revoked_at_ms.into(),
        ],
        shape: Shape {
            dialect: record.dialect.as_str().into(),
            class: record.class.as_str().into(),
            scopes: record.scopes.to_string().into(),
            audience: record.audience.as_deref().map(Into::into),
            header: record.header.as_deref().map(Into::into),
            key_id: record.key_id.as_ref().map(|key| key.as_str().into()),
            id_prefix: id_prefix.map(Into::into),
            family_prefix: family.and_then(|(prefix, _)| prefix).map(Into::into),
            parent_prefix: parent.and_then(|(prefix, _)| prefix).map(Into::into),
        },
    }
}
