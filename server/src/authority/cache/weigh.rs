//! How much memory a copy takes: the bytes that it points to, each allocation with what the allocator adds.

use serde_json::{Map, Value};

use crate::domain::{KeyId, Principal, TokenId, TokenRecord};

/// What an allocation takes beside its bytes.
const ALLOCATION: usize = 16;

/// The counters of an `Arc`, and its allocation.
const SHARED: usize = 2 * size_of::<usize>() + ALLOCATION;

/// What can say how much it takes.
pub(super) trait Weigh {
    /// The bytes that it points to, without its own.
    fn heap_bytes(&self) -> usize;
}

/// A text in an allocation of its own.
pub(super) fn text(text: &str) -> usize {
    if text.is_empty() {
        0
    } else {
        text.len() + ALLOCATION
    }
}

/// A shared row of the token table.
pub(super) fn token(record: &TokenRecord) -> usize {
    let scopes = record
        .scopes
        .iter()
        .map(|scope| size_of::<String>() + text(scope));
    let texts = [
        record.id.as_str(),
        record.class.as_str(),
        record.family.as_str(),
        record.audience.as_deref().unwrap_or_default(),
        record.header.as_deref().unwrap_or_default(),
        record
            .key_id
            .as_ref()
            .map(KeyId::as_str)
            .unwrap_or_default(),
        record
            .parent
            .as_ref()
            .map(TokenId::as_str)
            .unwrap_or_default(),
    ];
    SHARED
        + size_of::<TokenRecord>()
        + texts.into_iter().map(text).sum::<usize>()
        + scopes.sum::<usize>()
        + object(record.claims.as_map())
}

/// A shared principal, with its profile read as what its dialect makes of it.
impl Weigh for Principal {
    fn heap_bytes(&self) -> usize {
        SHARED + text(&self.name) + 2 * object(&self.profile)
    }
}

/// A JSON object: each member has a place in a list and one in an index.
fn object(members: &Map<String, Value>) -> usize {
    let member = size_of::<(u64, String, Value)>() + 2 * size_of::<usize>();
    let all = members
        .iter()
        .map(|(name, held)| member + text(name) + value(held));
    all.sum()
}

fn value(held: &Value) -> usize {
    match held {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(held) => text(held),
        Value::Array(items) => {
            let items = items.iter().map(|item| size_of::<Value>() + value(item));
            ALLOCATION + items.sum::<usize>()
        }
        Value::Object(members) => ALLOCATION + object(members),
    }
}
