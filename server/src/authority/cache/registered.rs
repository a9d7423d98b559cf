//! A registered HMAC secret, unsealed and parsed once.

use super::weigh::Weigh;
use crate::authority::Epoch;
use crate::domain::{KeyId, PrincipalId, SecretState};
use crate::keys::jwt::VerifyingKey;
use crate::keys::signing::SigningKey;

/// A secret that its holder signs tokens with, and we for it.
#[derive(Clone, Debug)]
pub(in crate::authority) struct RegisteredKey {
    pub(in crate::authority) id: KeyId,
    pub(in crate::authority) principal: PrincipalId,
    pub(in crate::authority) state: SecretState,
    pub(in crate::authority) signing: SigningKey,
    pub(in crate::authority) verifying: VerifyingKey,
    /// A commit that the read saw which found it.
    pub(in crate::authority) seen: Epoch,
}

impl Weigh for RegisteredKey {
    fn heap_bytes(&self) -> usize {
        // What an HMAC begins with, and the secret itself.
        const KEYS: usize = 1_536;
        KEYS + super::weigh::text(self.id.as_str())
    }
}
