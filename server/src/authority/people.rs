//! Principals by identifier, from the copies where they are good.

use std::sync::Arc;

use super::{Core, Unavailable};
use crate::domain::{Principal, PrincipalId};

impl Core {
    /// The principal of that identifier, enabled or not.
    pub(super) async fn principal(
        &self,
        id: PrincipalId,
    ) -> Result<Option<Arc<Principal>>, Unavailable> {
        if let Some(principal) = self.cache.principal(id) {
            return Ok(Some(principal));
        }
        Box::pin(self.ask_for_principal(id)).await
    }

    /// The same where there is no copy.
    async fn ask_for_principal(
        &self,
        id: PrincipalId,
    ) -> Result<Option<Arc<Principal>>, Unavailable> {
        let reading = self.cache.reading();
        let seen = self.store.principal(id).await?;
        let principal = seen.found.map(Arc::new);
        if let Some(principal) = &principal {
            self.cache.keep_principal(reading, seen.epoch, principal);
        }
        Ok(principal)
    }
}
