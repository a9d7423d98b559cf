//! A secret that its holder has already: read from a file or the standard input, never from an argument, and held against what it is for.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::AdminError;
use crate::authority::NewSecret;
use crate::dialects::{KindSecret, TextRule};
use crate::domain::{KeyAlgorithm, Secret, read_private_file};

/// More than any secret has.
const LONGEST: usize = 16 * 1024;

/// A registered key: as RFC 2104 and RFC 7518 want it, no shorter than its hash.
const HMAC_KEY: TextRule = TextRule {
    words: "32 to 512 visible ASCII characters",
    fits: |text| {
        (32..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    },
};

/// What the holder has, as it is registered.
pub(super) fn given(
    purpose: KindSecret,
    path: &Path,
    key: Option<(String, KeyAlgorithm)>,
    keep_tokens: bool,
) -> Result<NewSecret, AdminError> {
    let fitting = |rule: TextRule| {
        let text = private(path)?;
        if (rule.fits)(text.expose()) {
            Ok(text)
        } else {
            Err(AdminError::Refused(format!(
                "{} has no such secret: it must be {}",
                path.display(),
                rule.words
            )))
        }
    };
    Ok(match purpose {
        KindSecret::Password(rule) => NewSecret::Password {
            password: fitting(rule)?,
            keep_tokens,
        },
        KindSecret::Machine(sort) => NewSecret::Given(sort, fitting(TextRule::MACHINE)?),
        KindSecret::HmacKey => NewSecret::HmacKey(Some(fitting(HMAC_KEY)?)),
        KindSecret::TotpSeed => NewSecret::TotpSeed(Some(seed(&private(path)?))),
        KindSecret::AssertionKey => {
            let (kid, algorithm) = key.ok_or_else(|| {
                AdminError::Refused("a public key needs --kid and --algorithm".to_owned())
            })?;
            NewSecret::AssertionKey {
                kid,
                algorithm,
                public_pem: public(path)?,
            }
        }
    })
}

/// A seed as programs hand it out: in groups, in small letters and padded.
fn seed(text: &Secret) -> Secret {
    let letters = text.expose().chars();
    let letters = letters.filter(|letter| !matches!(letter, ' ' | '-' | '='));
    Secret::new(letters.collect::<String>().to_ascii_uppercase())
}

/// The text of a file that nobody else may read, without the end of its line.
fn private(path: &Path) -> Result<Secret, AdminError> {
    let refused = |why: String| AdminError::Refused(format!("{} {why}", path.display()));
    let bytes = if path == Path::new("-") {
        let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(LONGEST));
        let stdin = io::stdin().lock();
        stdin.take(LONGEST as u64).read_to_end(&mut bytes)?;
        bytes
    } else {
        read_private_file(path, LONGEST)
            .map_err(|error| refused(error.to_string()))?
            .ok_or_else(|| refused("is not there".to_owned()))?
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| refused("is no UTF-8".to_owned()))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

/// The text of a file that anybody may read.
fn public(path: &Path) -> Result<String, AdminError> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        let stdin = io::stdin().lock();
        stdin.take(LONGEST as u64).read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(LONGEST as u64).read_to_string(&mut text))
    };
    read.map_err(|error| AdminError::Refused(format!("{}: {error}", path.display())))?;
    if text.contains("PRIVATE KEY") {
        return Err(AdminError::Refused(format!(
            "{} has a private key, which nobody but its holder should have: give the public one",
            path.display()
        )));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_read_as_programs_hand_it_out() {
        let wanted = Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for text in [
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
            "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ====",
        ] {
            assert_eq!(seed(&Secret::new(text)), wanted, "{text}");
        }
    }
}
