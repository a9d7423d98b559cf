//! The principals of pnut: applications, and the users who authorise them.

use poem_openapi::types::ParseFromJSON;
use serde_json::{Map, Value};

use super::render;
use crate::{
    dialects::{Form, Kind, KindSecret, Member, TextRule},
    domain::{MachineSecret, PrincipalKind},
    generated::{
        pnut::PnutUserType,
        wire::{EmailText, UriText},
    },
};

/// All that there are.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        kind: PrincipalKind::Client,
        names: TextRule::NAME,
        members: &[
            Member {
                name: "name",
                form: Form::Text,
                says: "what users see",
            },
            Member {
                name: "url",
                form: Form::Own {
                    words: "a URL",
                    fits: is::<UriText>,
                },
                says: "its page",
            },
            Member {
                name: "scopes",
                form: Form::Texts(TextRule {
                    words: "a scope of pnut",
                    fits: |text| render::scope(text).is_some(),
                }),
                says: "what it may ask for besides basic; without it, everything",
            },
        ],
        secrets: &[
            KindSecret::Machine(MachineSecret::Client),
            KindSecret::Machine(MachineSecret::PasswordGrant),
        ],
    },
    Kind {
        kind: PrincipalKind::User,
        names: TextRule {
            words: "1 to 64 letters, digits, _, - or .",
            fits: |text| {
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
                (1..=64).contains(&text.len()) && text.bytes().all(fits)
            },
        },
        members: &[
            Member {
                name: "id",
                form: Form::Text,
                says: "the number it is known by; without it, the one it has here",
            },
            Member {
                name: "name",
                form: Form::Text,
                says: "the name that is shown",
            },
            Member {
                name: "type",
                form: Form::Own {
                    words: "human, bot or feed",
                    fits: is::<PnutUserType>,
                },
                says: "what kind of user it is; human without it",
            },
            Member {
                name: "locale",
                form: Form::Text,
                says: "en_US without it",
            },
            Member {
                name: "timezone",
                form: Form::Text,
                says: "UTC without it",
            },
            Member {
                name: "email",
                form: Form::Own {
                    words: "an address of mail",
                    fits: is::<EmailText>,
                },
                says: "the address, by which the user may log in too",
            },
            Member {
                name: "content",
                form: Form::Own {
                    words: "an object as pnut shows it: text, html, markdown_text, entities, avatar_image, cover_image",
                    fits: |value| shows("content", value),
                },
                says: "what users say of themselves",
            },
            Member {
                name: "counts",
                form: Form::Own {
                    words: "an object of whole numbers: bookmarks, clients, followers, following, posts",
                    fits: |value| shows("counts", value),
                },
                says: "what is counted of it",
            },
            Member {
                name: "storage_total",
                form: Form::Count,
                says: "bytes it may store",
            },
            Member {
                name: "storage_used",
                form: Form::Count,
                says: "bytes it stores",
            },
        ],
        secrets: &[KindSecret::Password(TextRule::PASSWORD)],
    },
];

fn is<T: ParseFromJSON>(value: &Value) -> bool {
    T::parse_from_json(Some(value.clone())).is_ok()
}

/// Whether a user can be shown whose profile has that.
fn shows(member: &str, value: &Value) -> bool {
    let profile = Map::from_iter([(member.to_owned(), value.clone())]);
    value.is_object() && render::can_show(&profile)
}
