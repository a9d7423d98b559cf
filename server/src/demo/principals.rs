//! Seeds the demo's principals, dialect by dialect.

use super::{Credentials, DemoError};
use crate::{
    authority::TokenAuthority,
    dialects::{REGISTRATIONS, seeding::Seeding},
    public_url::PublicUrl,
};

/// Makes the principals of every dialect, or gives those that exist new secrets. A user's new password ends the user's sessions and
/// tokens, unless they are to be kept.
///
/// # Errors
/// [`DemoError`]; what was seeded until then stays.
pub async fn seed(
    authority: &TokenAuthority,
    public_url: &PublicUrl,
    keep_tokens: bool,
) -> Result<Credentials, DemoError> {
    let seeding = Seeding::on(authority, keep_tokens);
    let mut held = Vec::new();
    for dialect in REGISTRATIONS {
        held.push((dialect.id, dialect.showcase.seed(&seeding).await?));
    }
    Ok(Credentials {
        base_url: public_url.as_str().to_owned(),
        held,
    })
}
