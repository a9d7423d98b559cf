//! The clients of the Auth API.

use super::scopes::is_scope;
use crate::{
    dialects::{Form, Kind, KindSecret, Member, TextRule},
    domain::{MachineSecret, PrincipalKind},
};

/// All that there are.
pub(super) const KINDS: &[Kind] = &[Kind {
    kind: PrincipalKind::Client,
    names: TextRule::NAME,
    members: &[
        Member {
            name: "scopes",
            form: Form::Texts(TextRule {
                words: "a scope of visible ASCII characters without \" and \\",
                fits: is_scope,
            }),
            says: "what it may have; area:* is every action of the area",
        },
        Member {
            name: "step_up",
            form: Form::Flag,
            says: "whether a long token takes a one-time code or an assertion",
        },
    ],
    secrets: &[
        KindSecret::Machine(MachineSecret::Client),
        KindSecret::TotpSeed,
        KindSecret::AssertionKey,
    ],
}];
