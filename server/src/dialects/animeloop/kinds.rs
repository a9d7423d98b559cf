//! Animeloop's users.

use super::user::{is_password, is_username};
use crate::{
    dialects::{Form, Kind, KindSecret, Member, TextRule},
    domain::PrincipalKind,
};

/// All that there are.
pub(super) const KINDS: &[Kind] = &[Kind {
    kind: PrincipalKind::User,
    names: TextRule {
        words: "5 to 15 letters, digits, _ or -",
        fits: is_username,
    },
    members: &[Member {
        name: "email",
        form: Form::Text,
        says: "the address that is shown",
    }],
    secrets: &[KindSecret::Password(TextRule {
        words: "8 to 32 letters, digits or _",
        fits: is_password,
    })],
}];
