//! Which changes write and which can be refused, and so which change set needs a savepoint in a transaction that it shares.

use crate::authority::changes::{Change, ChangeSet};

/// What a change does to the rows, and whether it may say no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Asks, and may say no. It writes nothing that anybody could see.
    Asks,
    /// Writes; or says no, and has written nothing then.
    WritesOrRefuses,
    /// Writes; or says no, and may have written something then.
    WritesAndRefuses,
    /// Writes, and never says no.
    Writes,
}

impl Manner {
    pub(super) const fn of(change: &Change) -> Self {
        match change {
            Change::RequireLive(..)
            | Change::RequireActive(..)
            | Change::RequireUnlocked(..)
            | Change::RequireStanding(..) => Self::Asks,
            Change::InsertPrincipal(_)
            | Change::UpdateProfile(..)
            | Change::ReplaceProfile { .. }
            | Change::SetEnabled(..)
            | Change::InsertSecret(_)
            | Change::EndSecret(..)
            | Change::InsertToken {
                takes_slot: false, ..
            }
            | Change::RaiseStep(..)
            | Change::SpendOnce { .. }
            | Change::InsertSession(_)
            | Change::EndListed { .. }
            | Change::LiftLock(_)
            | Change::InsertKey(_)
            | Change::ActivateKey(..)
            | Change::RetireKey(..) => Self::WritesOrRefuses,
            // Refused by the database itself, after which PostgreSQL does nothing more outside of a savepoint.
            Change::InsertToken {
                takes_slot: true, ..
            } => Self::WritesAndRefuses,
            Change::EndSecrets(..)
            | Change::EndTokens { .. }
            | Change::CountFailure(..)
            | Change::NoteSuccess(..)
            | Change::SlideSession(..)
            | Change::DeleteSession(_)
            | Change::DeleteSessions(_)
            | Change::MergeGrant { .. }
            | Change::DropGrants(_)
            | Change::DropGrantIfUnused { .. }
            | Change::PutSetting(..)
            | Change::Sweep(_)
            | Change::AcceptClock(_)
            | Change::Audit(_)
            | Change::InsertRefusals(_) => Self::Writes,
            #[cfg(test)]
            Change::Panic => Self::Writes,
        }
    }

    pub(super) const fn may_refuse(self) -> bool {
        matches!(
            self,
            Self::Asks | Self::WritesOrRefuses | Self::WritesAndRefuses
        )
    }

    pub(super) const fn writes(self) -> bool {
        matches!(
            self,
            Self::Writes | Self::WritesOrRefuses | Self::WritesAndRefuses
        )
    }
}

/// Whether a change set may be refused after it has written something.
pub(super) fn may_leave_something(changes: &ChangeSet) -> bool {
    let mut wrote = false;
    for manner in changes.0.iter().map(Manner::of) {
        if manner == Manner::WritesAndRefuses || (wrote && manner.may_refuse()) {
            return true;
        }
        wrote |= manner.writes();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PrincipalId, TokenHash, TokenId};

    #[test]
    fn a_savepoint_is_for_what_can_be_refused_after_it_has_written() {
        let asks = || Change::RequireActive(TokenId::new("t"));
        let spends = || Change::SpendOnce {
            hash: TokenHash([1; 32]),
            expires_at_ms: 1,
        };
        let writes = || Change::DropGrants(PrincipalId(1));
        for (changes, needs) in [
            (vec![], false),
            (vec![writes(), writes()], false),
            (vec![asks(), asks(), spends(), writes()], false),
            (vec![spends(), asks()], true),
            (vec![spends(), spends()], true),
            (vec![writes(), writes(), asks()], true),
        ] {
            let words = format!("{changes:?}");
            assert_eq!(may_leave_something(&ChangeSet(changes)), needs, "{words}");
        }
    }
}
