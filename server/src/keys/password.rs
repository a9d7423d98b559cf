//! argon2id for human passwords. These functions are slow on purpose: never call them on an async thread.

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};

use crate::authority::{PasswordCost, PlainSecret};

/// A password could not be hashed: parameters out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot hash password")]
pub struct PasswordError;

/// Hashes to PHC text with that cost and salt.
///
/// # Errors
/// [`PasswordError`].
pub fn hash(
    password: &PlainSecret,
    salt: [u8; 16],
    cost: PasswordCost,
) -> Result<String, PasswordError> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|_| PasswordError)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|_| PasswordError)
}

/// Whether the password fits the PHC text; the cost is the text's own.
#[must_use]
pub fn verify(password: &PlainSecret, phc: &str) -> bool {
    Argon2::default()
        .verify_password(password.as_bytes(), phc)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::{PasswordError, hash, verify};
    use crate::authority::PasswordCost;

    #[test]
    fn hash_verifies_its_password_only() -> Result<(), PasswordError> {
        let phc = hash(
            &"secret".into(),
            [3; 16],
            PasswordCost {
                memory_kib: 64,
                passes: 1,
            },
        )?;
        assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(verify(&"secret".into(), &phc));
        assert!(
            !verify(&"Secret".into(), &phc)
                && !verify(&"".into(), &phc)
                && !verify(&"secret".into(), "nonsense")
        );
        Ok(())
    }
}
