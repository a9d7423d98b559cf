//! Public keys of nobody: what an assertion is held against when there is no key to hold it against.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::signature::RsaPublicKeyComponents;
use zeroize::Zeroizing;

use super::SealError;
use super::ring::{generate_ed25519_pem, pem};
use crate::domain::{KeyAlgorithm, Randomness};

/// 2048 bits, as RFC 7518 §3.3 wants at least.
const RSA_MODULUS_BYTES: usize = 256;
/// 65537, which nearly every key has.
const RSA_EXPONENT: [u8; 3] = [1, 0, 1];

/// A public key in SPKI PEM whose private part nobody has; `None` for an algorithm without one.
///
/// # Errors
/// [`SealError`] when there is no randomness.
pub fn public_pem(
    algorithm: KeyAlgorithm,
    randomness: &dyn Randomness,
) -> Result<Option<String>, SealError> {
    match algorithm {
        KeyAlgorithm::Hs256 => Ok(None),
        KeyAlgorithm::EdDsa => generate_ed25519_pem(randomness).map(|(_, public)| Some(public)),
        KeyAlgorithm::Es256 => p256(randomness).map(Some),
        KeyAlgorithm::Rs256 => rsa(randomness).map(Some),
    }
}

fn p256(randomness: &dyn Randomness) -> Result<String, SealError> {
    let mut scalar = Zeroizing::new([0_u8; 32]);
    randomness.fill(scalar.as_mut()).map_err(|_| SealError)?;
    // The order of the group begins with 32 set bits: what begins with none is below it.
    if let Some(first) = scalar.first_mut() {
        *first = 0;
    }
    let private = PrivateKey::from_private_key(&ECDH_P256, scalar.as_ref());
    let public = private.map_err(|_| SealError)?.compute_public_key();
    let der: Result<PublicKeyX509Der<'_>, _> = public.map_err(|_| SealError)?.as_der();
    Ok(pem("PUBLIC KEY", der.map_err(|_| SealError)?.as_ref()))
}

/// Any odd number of full length serves as a modulus: nobody signs, and verifying does not ask for its factors.
fn rsa(randomness: &dyn Randomness) -> Result<String, SealError> {
    let mut modulus = [0_u8; RSA_MODULUS_BYTES];
    randomness.fill(&mut modulus).map_err(|_| SealError)?;
    let [first, .., last] = &mut modulus;
    *first |= 0x80;
    *last |= 1;
    let components = RsaPublicKeyComponents {
        n: modulus.as_slice(),
        e: RSA_EXPONENT.as_slice(),
    };
    let der: Result<PublicKeyX509Der<'_>, _> = components.as_der();
    Ok(pem("PUBLIC KEY", der.map_err(|_| SealError)?.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::public_pem;
    use crate::domain::KeyAlgorithm;
    use crate::keys::SystemRandomness;
    use crate::keys::jwt::VerifyingKey;

    #[test]
    fn each_asymmetric_algorithm_has_a_usable_one() -> Result<(), Box<dyn std::error::Error>> {
        let randomness = SystemRandomness::default();
        for algorithm in KeyAlgorithm::ALL {
            let made = public_pem(*algorithm, &randomness)?;
            assert_eq!(made.is_none(), *algorithm == KeyAlgorithm::Hs256);
            if let Some(pem) = made {
                VerifyingKey::from_public_pem(*algorithm, pem.as_bytes())?;
            }
        }
        Ok(())
    }
}
