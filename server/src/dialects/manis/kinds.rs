//! Manis's merchants.

use crate::{
    dialects::{Kind, KindSecret, TextRule},
    domain::{MachineSecret, PrincipalKind},
};

/// All that there are.
pub(super) const KINDS: &[Kind] = &[Kind {
    kind: PrincipalKind::Merchant,
    names: TextRule::NAME,
    members: &[],
    secrets: &[KindSecret::Machine(MachineSecret::Merchant)],
}];
