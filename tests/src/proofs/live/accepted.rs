//! What the trials have the live proof accept by name: each entry has its reason, and one that is not needed any more is
//! a finding.

use crate::{
    dialects::TRIALS,
    harness::trial::{Excuse, ExcuseOf},
};

/// Facts of answers that no answer shows, and why not.
pub fn unseen() -> Vec<Excuse> {
    TRIALS
        .iter()
        .flat_map(|trial| trial.unseen())
        .copied()
        .collect()
}

/// Members of requests whose valid values may be refused with 400. Operation, member, reason.
pub fn meaningful() -> Vec<ExcuseOf> {
    TRIALS
        .iter()
        .flat_map(|trial| trial.meaningful())
        .copied()
        .collect()
}

/// States in which no credential of a scheme is tried, since there is none. Scheme, state, reason.
pub fn untried() -> Vec<ExcuseOf> {
    let mut listed: Vec<ExcuseOf> = TRIALS
        .iter()
        .flat_map(|trial| trial.untried())
        .copied()
        .collect();
    for key in TRIALS.iter().flat_map(|trial| trial.keys()) {
        // Of a pair there is a form, and so something that does not have it.
        if key.name.is_none() {
            listed.push((key.scheme, "malformed", ANY_TEXT));
        }
        for state in ["revoked", "expired"] {
            listed.push((key.scheme, state, OF_A_PRINCIPAL));
        }
    }
    listed
}

/// Whether a list has an entry about that of somebody.
pub fn is_listed(list: &[ExcuseOf], whose: &str, what: &str) -> bool {
    list.iter()
        .any(|(known, listed, _)| (*known, *listed) == (whose, what))
}

const ANY_TEXT: &str = "any text may be one";
const OF_A_PRINCIPAL: &str = "it belongs to a principal, and no operation ends those";
