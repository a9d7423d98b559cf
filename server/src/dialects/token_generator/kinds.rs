//! The principals of the token generator: holders of secrets, and the users that tokens speak for.

use crate::{
    dialects::{Kind, KindSecret, TextRule},
    domain::PrincipalKind,
};

/// All that there are.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        kind: PrincipalKind::SecretHolder,
        names: TextRule::NAME,
        members: &[],
        secrets: &[KindSecret::HmacKey],
    },
    Kind {
        kind: PrincipalKind::User,
        names: TextRule::NAME,
        members: &[],
        secrets: &[],
    },
];
