//! argon2id for human passwords, off the async threads: it is slow on purpose.

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};

use crate::domain::work::{Work, note};
use crate::domain::{PasswordCost, Secret};

/// Why a password was neither hashed nor compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The cost is out of range.
    #[error("password cost out of range")]
    Cost,
    /// The server stops.
    #[error("not hashed")]
    Interrupted,
}

/// Hashes to PHC text with that cost and salt.
///
/// # Errors
/// [`HashError`].
pub async fn hash(
    password: Secret,
    salt: [u8; 16],
    cost: PasswordCost,
) -> Result<String, HashError> {
    note(Work::PasswordHash);
    let hashing = move || {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None);
        let params = params.map_err(|_| HashError::Cost)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|_| HashError::Cost)
    };
    tokio::task::spawn_blocking(hashing)
        .await
        .map_err(|_| HashError::Interrupted)?
}

/// Whether the password fits the PHC text; the cost is the text's own.
///
/// # Errors
/// [`HashError::Interrupted`].
pub async fn verify(password: Secret, phc: String) -> Result<bool, HashError> {
    note(Work::PasswordHash);
    let verifying = move || {
        Argon2::default()
            .verify_password(password.as_bytes(), phc.as_str())
            .is_ok()
    };
    tokio::task::spawn_blocking(verifying)
        .await
        .map_err(|_| HashError::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::{HashError, hash, verify};
    use crate::domain::PasswordCost;

    #[tokio::test]
    async fn hash_verifies_its_password_only() -> Result<(), HashError> {
        let cost = PasswordCost {
            memory_kib: 64,
            passes: 1,
        };
        let phc = hash("secret".into(), [3; 16], cost).await?;
        assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(verify("secret".into(), phc.clone()).await?);
        for (password, phc) in [
            ("Secret", phc.clone()),
            ("", phc),
            ("secret", "nonsense".to_owned()),
        ] {
            assert!(!verify(password.into(), phc).await?, "{password}");
        }
        Ok(())
    }
}
