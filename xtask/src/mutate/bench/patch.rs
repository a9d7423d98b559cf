//! Changes one text of a file that is there exactly once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::BenchError;

/// One change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The file, relative to the root of the project.
    pub file: PathBuf,
    /// What must occur in it exactly once.
    pub find: String,
    /// What stands there afterwards.
    pub replace: String,
}

impl Patch {
    /// Replaces a whole file.
    #[must_use]
    pub fn whole(file: &Path, text: String, replace: String) -> Self {
        Self {
            file: file.to_owned(),
            find: text,
            replace,
        }
    }
}

pub(super) fn apply(
    patch: &Patch,
    files: &mut BTreeMap<PathBuf, Vec<u8>>,
) -> Result<(), BenchError> {
    let stale = |occurrences| BenchError::Stale {
        file: patch.file.clone(),
        find: patch.find.clone(),
        occurrences,
    };
    let content = files.get_mut(&patch.file).ok_or_else(|| stale(0))?;
    let text = String::from_utf8_lossy(content);
    match text.matches(&patch.find).count() {
        1 => {
            let text = text.replacen(&patch.find, &patch.replace, 1);
            *content = text.into_bytes();
            Ok(())
        }
        occurrences => Err(stale(occurrences)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_fits_once_or_is_stale() {
        let mut files = BTreeMap::from([(PathBuf::from("a"), b"one two one".to_vec())]);
        let patch = |find: &str| Patch {
            file: "a".into(),
            find: find.to_owned(),
            replace: "three".to_owned(),
        };
        apply(&patch("two"), &mut files).expect("it fits");
        assert_eq!(files.get(Path::new("a")).expect("a"), b"one three one");
        for find in ["one", "four"] {
            let refused = apply(&patch(find), &mut files);
            assert!(matches!(refused, Err(BenchError::Stale { .. })), "{find}");
        }
    }
}
