//! A machine that has proved itself: under the keyed hash of its secret, so that a wrong secret finds nobody, whatever name it
//! claims.

use super::stamps::Sharded;
use super::weigh::{self, Weigh};
use crate::authority::{Claimant, Epoch};
use crate::domain::{Dialect, MachineSecret, PrincipalId, PrincipalKind};

/// The keyed hash of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::authority) struct SecretHash(pub(in crate::authority) [u8; 32]);

impl Sharded for SecretHash {
    fn shard(&self) -> u8 {
        let [first, ..] = self.0;
        first
    }
}

/// Who has proved itself by a secret, and as what.
#[derive(Clone, Debug)]
pub(in crate::authority) struct Caller {
    dialect: Dialect,
    kind: PrincipalKind,
    name: Box<str>,
    sort: MachineSecret,
    pub(super) principal: PrincipalId,
    /// A commit that the read saw which found the secret.
    pub(super) seen: Epoch,
}

impl Caller {
    pub(super) fn new(
        claimant: Claimant<'_>,
        sort: MachineSecret,
        principal: PrincipalId,
        seen: Epoch,
    ) -> Self {
        Self {
            dialect: claimant.dialect,
            kind: claimant.kind,
            name: claimant.name.into(),
            sort,
            principal,
            seen,
        }
    }

    /// Whether it was this claim that it proved.
    pub(super) fn proved(&self, claimant: Claimant<'_>, sort: MachineSecret) -> bool {
        self.dialect == claimant.dialect
            && self.kind == claimant.kind
            && self.sort == sort
            && *self.name == *claimant.name
    }
}

impl Weigh for Caller {
    fn heap_bytes(&self) -> usize {
        weigh::text(&self.name)
    }
}
