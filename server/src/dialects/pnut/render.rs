//! How applications, users and their tokens look on the wire, from what their profiles hold.

use chrono::{DateTime, SecondsFormat, Utc};
use poem_openapi::types::{ParseFromJSON, ToJSON};
use serde_json::{Map, Value, json};

use crate::{
    domain::{Principal, ScopeSet},
    generated::{
        pnut::{
            PnutApp, PnutScope, PnutStorage, PnutTokenObject, PnutUser, PnutUserContent,
            PnutUserCounts, PnutUserType,
        },
        wire::{DateTimeText, EmailText, UriText},
    },
};

/// The storage a user has unless the profile says otherwise, in bytes.
const STORAGE_TOTAL: i64 = 10_737_418_240;

/// A profile holds something that is not of its form.
#[derive(Debug)]
pub(super) struct Unfit;

/// A user token as its holder sees it.
pub(super) struct TokenView<'a> {
    /// Whom it was issued to.
    pub(super) app: &'a Principal,
    /// Whom it speaks for.
    pub(super) user: &'a Principal,
    /// What it may do.
    pub(super) scopes: &'a ScopeSet,
}

impl TokenView<'_> {
    /// The token object, with its user as [`user`] shows it.
    pub(super) fn describe(&self, shown: PnutUser) -> PnutTokenObject {
        PnutTokenObject {
            app: app(self.app),
            scopes: scopes(self.scopes),
            user: shown,
            storage: storage(&self.user.profile),
            email: text(&self.user.profile, "email")
                .filter(|_| self.scopes.contains("email"))
                .map(EmailText),
        }
    }
}

/// A scope by its name, if there is one of that name.
pub(super) fn scope(name: &str) -> Option<PnutScope> {
    PnutScope::parse_from_json(Some(name.into())).ok()
}

/// The scopes of a token.
pub(super) fn scopes(held: &ScopeSet) -> Vec<PnutScope> {
    held.iter().filter_map(scope).collect()
}

/// Whether an application may ask for these scopes; a profile without `scopes` allows all.
pub(super) fn may_have(app: &Principal, asked: &ScopeSet) -> bool {
    match app.profile.get("scopes").and_then(Value::as_array) {
        None => true,
        Some(allowed) => asked
            .iter()
            .all(|scope| scope == "basic" || allowed.iter().any(|own| own == scope)),
    }
}

/// An application.
pub(super) fn app(client: &Principal) -> PnutApp {
    PnutApp {
        id: client.name.clone(),
        url: UriText(text(&client.profile, "url").unwrap_or_default()),
        name: text(&client.profile, "name").unwrap_or_else(|| client.name.clone()),
    }
}

/// A user.
///
/// # Errors
/// [`Unfit`] when the profile is.
pub(super) fn user(user: &Principal) -> Result<PnutUser, Unfit> {
    let profile = &user.profile;
    Ok(PnutUser {
        id: text(profile, "id").unwrap_or_else(|| user.id.to_string()),
        username: user.name.clone(),
        name: text(profile, "name"),
        r#type: told(user, "type", PnutUserType::Human.to_json())?,
        locale: text(profile, "locale").unwrap_or_else(|| "en_US".to_owned()),
        timezone: text(profile, "timezone").unwrap_or_else(|| "UTC".to_owned()),
        created_at: DateTimeText(
            DateTime::from_timestamp_millis(user.created_at_ms)
                .unwrap_or(DateTime::<Utc>::UNIX_EPOCH)
                .to_rfc3339_opts(SecondsFormat::Secs, true),
        ),
        content: told::<PnutUserContent>(user, "content", Some(blank_content()))?,
        counts: told::<PnutUserCounts>(user, "counts", Some(no_counts()))?,
        // The viewer is the user, and nobody follows, blocks or mutes oneself.
        follows_you: false,
        you_blocked: false,
        you_follow: false,
        you_muted: false,
        you_can_follow: false,
    })
}

fn storage(profile: &Map<String, Value>) -> PnutStorage {
    let bytes = |name| profile.get(name).and_then(Value::as_i64);
    let total = bytes("storage_total").unwrap_or(STORAGE_TOTAL).max(0);
    let used = bytes("storage_used").unwrap_or(0).max(0);
    PnutStorage {
        available: total.saturating_sub(used).max(0),
        total,
    }
}

fn text(profile: &Map<String, Value>, name: &str) -> Option<String> {
    profile.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// Whether a user can be shown of whose `content` or `counts` a profile holds that much.
pub(super) fn can_show(profile: &Map<String, Value>) -> bool {
    member::<PnutUserContent>(profile, "content", Some(blank_content())).is_some()
        && member::<PnutUserCounts>(profile, "counts", Some(no_counts())).is_some()
}

/// A member that the profile holds in its form on the wire; one that does not fit is in the log.
fn told<T: ParseFromJSON>(of: &Principal, name: &str, blank: Option<Value>) -> Result<T, Unfit> {
    member(&of.profile, name, blank).ok_or_else(|| {
        tracing::error!(
            principal = of.id.0,
            member = name,
            "profile not of its form"
        );
        Unfit
    })
}

/// A member that a profile holds in its form on the wire, over what it leaves out.
fn member<T: ParseFromJSON>(
    profile: &Map<String, Value>,
    name: &str,
    blank: Option<Value>,
) -> Option<T> {
    let value = match (blank, profile.get(name)) {
        (Some(blank), Some(held)) => Some(overlay(blank, held)),
        (None, held) => held.cloned(),
        (blank, None) => blank,
    };
    T::parse_from_json(value).ok()
}

/// `held` over `base`, objects member by member.
fn overlay(base: Value, held: &Value) -> Value {
    match (base, held) {
        (Value::Object(mut base), Value::Object(held)) => {
            for (name, held) in held {
                let value = match base.remove(name) {
                    Some(base) => overlay(base, held),
                    None => held.clone(),
                };
                base.insert(name.clone(), value);
            }
            Value::Object(base)
        }
        (_, held) => held.clone(),
    }
}

fn blank_content() -> Value {
    json!({
        "entities": { "links": [], "mentions": [], "tags": [] },
        "avatar_image": {
            "is_default": true,
            "height": 200,
            "width": 200,
            "url": "https://example.com/avatar.png",
        },
        "cover_image": {
            "is_default": true,
            "height": 223,
            "width": 960,
            "url": "https://example.com/cover.png",
        },
    })
}

fn no_counts() -> Value {
    json!({ "bookmarks": 0, "clients": 0, "followers": 0, "following": 0, "posts": 0 })
}
