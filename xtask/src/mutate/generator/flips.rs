//! The catalogue of wrong rules: `xtask/mutants/generator/*.yaml`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::mutate::MutateError;
use crate::mutate::bench::Patch;
use crate::mutate::catalogue::{self, Entry};
use crate::mutate::outcome::Kind;

/// What stands for the switch of a flip in its text.
const PLACEHOLDER: &str = "FLIPPED";

/// One rule of the generator, the lowering or the wire runtime that is turned into a wrong one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flip {
    /// Stable name.
    pub id: String,
    /// The file, relative to the root of the project.
    pub file: PathBuf,
    /// What must occur in it exactly once.
    pub find: String,
    /// What stands there instead. The word `FLIPPED` in it is the switch: while it is `false` the rule is the
    /// right one, so all flips are compiled together and one of them is turned on at a time.
    pub flipped: String,
    /// Why nothing can tell it from the right rule under this document; nothing for a rule that matters.
    #[serde(default)]
    pub equivalent: Option<String>,
}

impl Entry for Flip {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Flip {
    /// Whether the rule is in what the generator copies, and so at work in the server rather than in xtask.
    fn is_copied(&self) -> bool {
        self.file.starts_with("server")
    }

    /// The part of the generator it is in: folder and file.
    #[must_use]
    pub fn part(&self) -> String {
        let text = |part: Option<&std::ffi::OsStr>| {
            part.and_then(std::ffi::OsStr::to_str)
                .unwrap_or_default()
                .to_owned()
        };
        let folder = text(self.file.parent().and_then(Path::file_name));
        format!("{folder} {}", text(self.file.file_stem()))
    }
}

/// Reads the catalogue: the rules at work in xtask, and those at work in the server.
///
/// # Errors
/// When it cannot be read or understood.
pub fn read(project: &Path) -> Result<(Vec<Flip>, Vec<Flip>), MutateError> {
    let all: Vec<Flip> = catalogue::read(project, Kind::Generator)?;
    let (copied, own) = all.into_iter().partition(Flip::is_copied);
    Ok((own, copied))
}

/// The patches of flips that are compiled together; flip `n` is the `n`th of them, from 1.
#[must_use]
pub fn patches(flips: &[Flip]) -> Vec<Patch> {
    let patch = |(number, flip): (usize, &Flip)| Patch {
        file: flip.file.clone(),
        find: flip.find.clone(),
        replace: flip
            .flipped
            .replace(PLACEHOLDER, &format!("crate::flipped({number})")),
    };
    (1..).zip(flips).map(patch).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_flip_fits_the_generator_and_has_a_switch() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let (own, copied) = read(&root).expect("the catalogue is understood");
        assert!(own.len() > 50 && copied.len() > 20);
        for flips in [&own, &copied] {
            let mut texts = std::collections::BTreeMap::new();
            for flip in flips {
                assert!(flip.flipped.contains(PLACEHOLDER), "{}", flip.id);
                let text = texts.entry(&flip.file).or_insert_with(|| {
                    fs::read_to_string(root.join(&flip.file)).expect("the file is there")
                });
                assert_eq!(text.matches(&flip.find).count(), 1, "{}", flip.id);
                *text = text.replacen(&flip.find, &flip.flipped, 1);
            }
        }
    }
}
