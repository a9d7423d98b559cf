//! The clients of the standard endpoints: resource servers.

use super::profile::is_right;
use crate::{
    dialects::{Form, Kind, KindSecret, Member, TextRule},
    domain::{MachineSecret, PrincipalKind},
};

/// All that there are.
pub(super) const KINDS: &[Kind] = &[Kind {
    kind: PrincipalKind::Client,
    names: TextRule::NAME,
    members: &[Member {
        name: "scopes",
        form: Form::Texts(TextRule {
            words: "introspect:any, introspect:<dialect> or tokens:revoke:any",
            fits: is_right,
        }),
        says: "its rights over the tokens of the dialects",
    }],
    secrets: &[KindSecret::Machine(MachineSecret::Client)],
}];
