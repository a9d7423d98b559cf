//! Manis through the SDK: calls, and a credential of each scheme.

use tessera_client::{Credential, Scheme};

use crate::proofs::sdk::{
    case::{Case, sends},
    cases::everything,
};

/// Its calls.
pub fn cases() -> Vec<Case> {
    let id = "manis_create_token";
    let both = |case: Case| {
        case.carrying("ManisMerchantId", "merchant-1")
            .carrying("ManisSecret", "merchant-secret")
    };
    vec![
        both(Case::new(id, "pair", sends!(c => c.manis_create_token())))
            .holding([Credential::manis("merchant-1", "merchant-secret")]),
        both(Case::new(
            id,
            "everything_held",
            sends!(c => c.manis_create_token()),
        ))
        .holding(everything()),
        // Half of a pair stays at home.
        Case::new(id, "no_secret", sends!(c => c.manis_create_token()))
            .holding([Credential::of(Scheme::MANIS_MERCHANT_ID, "merchant-1")]),
        Case::new(id, "no_merchant", sends!(c => c.manis_create_token()))
            .holding([Credential::of(Scheme::MANIS_SECRET, "merchant-secret")]),
        Case::new(id, "a_line_break", sends!(c => c.manis_create_token()))
            .holding([Credential::manis("merchant-1", "line\nbreak")])
            .never_sent(),
    ]
}

/// One credential of each of its schemes.
pub fn credentials() -> Vec<Credential> {
    vec![Credential::manis("merchant-1", "merchant-secret")]
}
