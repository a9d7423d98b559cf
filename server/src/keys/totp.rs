//! Time-based one-time codes (RFC 6238): SHA-1, six digits, 30 s, one step either way.

use totp_rs::{Algorithm, Builder, Secret as Seed, Totp};

use crate::domain::Secret;
use crate::domain::work::{Work, note};

/// Upper-case base32 without padding (RFC 4648).
#[must_use]
pub fn base32(bytes: &[u8]) -> Secret {
    Secret::new(Seed::from(bytes).to_base32())
}

fn totp(seed: &Secret) -> Option<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(Seed::try_from_base32(seed.expose()).ok()?)
        .build()
        .ok()
}

/// Whether codes can be made from that seed: base32 of at least 128 bits, as RFC 4226 asks.
#[must_use]
pub fn is_seed(seed: &Secret) -> bool {
    totp(seed).is_some()
}

/// The step whose code this is, if it is one of the three around `now_secs`.
///
/// Only exactly six ASCII digits are looked at: no blanks, no other digits.
#[must_use]
pub fn accepted_step(seed: &Secret, code: &Secret, now_secs: i64) -> Option<i64> {
    note(Work::Code);
    let code = code.expose();
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let step = totp(seed)?.check(code, u64::try_from(now_secs).ok()?)?;
    i64::try_from(step).ok()
}

/// The code of that moment, as whoever holds the seed makes it.
#[cfg(test)]
pub(crate) fn code_at(seed: &Secret, now_secs: i64) -> Option<Secret> {
    let code = totp(seed)?.generate(u64::try_from(now_secs).ok()?);
    Some(Secret::new(code.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{accepted_step, base32, code_at};
    use crate::domain::Secret;

    #[test]
    fn rfc6238_vectors_and_window() {
        let seed = base32(b"12345678901234567890");
        assert_eq!(seed, Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
        // RFC 6238 appendix B, last six of eight digits.
        for (secs, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(&seed, secs), Some(Secret::new(code)));
            for drift in [-30, 0, 30] {
                assert_eq!(
                    accepted_step(&seed, &code.into(), secs + drift),
                    Some(secs / 30)
                );
            }
            assert_eq!(accepted_step(&seed, &code.into(), secs + 60), None);
            assert_eq!(accepted_step(&seed, &code.into(), secs - 60), None);
        }
    }

    #[test]
    fn only_six_ascii_digits_are_a_code() {
        let seed = base32(b"12345678901234567890");
        for code in [
            " 287082",
            "287082 ",
            "287 082",
            "87082",
            "2870820",
            "２８７０８２",
            "",
            "28708a",
            "+87082",
        ] {
            assert_eq!(accepted_step(&seed, &code.into(), 59), None, "{code:?}");
        }
    }
}
