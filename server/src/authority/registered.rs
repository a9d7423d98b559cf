//! Registered HMAC secrets: unsealed and parsed once, for the tokens that they sign.

use std::sync::Arc;

use super::cache::RegisteredKey;
use super::{Core, Unavailable};
use crate::domain::{KeyId, SecretPurpose};
use crate::keys::jwt::VerifyingKey;
use crate::keys::signing::SigningKey;

impl Core {
    /// The registered HMAC secret of that identifier, in any state.
    ///
    /// Only for a token that was proved to be one: whoever merely claims a name finds out nothing by how long this takes.
    pub(super) async fn registered_key(
        &self,
        id: &KeyId,
    ) -> Result<Option<Arc<RegisteredKey>>, Unavailable> {
        if let Some(key) = self.cache.registered(id) {
            return Ok(Some(key));
        }
        let reading = self.cache.reading();
        let seen = self.store.secret(id.clone()).await?;
        let secret = seen.found;
        let Some(secret) = secret.filter(|secret| secret.purpose == SecretPurpose::HmacKey) else {
            return Ok(None);
        };
        let clear = self.unseal_secret(&secret)?;
        let key = Arc::new(RegisteredKey {
            id: secret.id,
            principal: secret.principal,
            state: secret.state,
            signing: SigningKey::hs256(clear.as_bytes()),
            verifying: VerifyingKey::hs256(clear.as_bytes()),
            seen: seen.epoch,
        });
        self.cache.keep_registered(reading, &key);
        Ok(Some(key))
    }
}
