//! The files of the generated SDK.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Where the generated client is, relative to the root of the project.
pub const FOLDER: &str = "client-sdk/src/generated";

/// The text of each file, by its path from the root of the project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources(BTreeMap<String, String>);

impl Sources {
    /// Reads the files in the tree.
    ///
    /// # Errors
    /// When the folder or one of its files cannot be read.
    pub fn read(project: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(project.join(FOLDER))? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if let Some(name) = name.filter(|_| is_rust(&path)) {
                files.insert(format!("{FOLDER}/{name}"), fs::read_to_string(&path)?);
            }
        }
        Ok(Self(files))
    }

    /// Those of the SDK among the files of a project.
    pub fn among<'a>(files: impl IntoIterator<Item = (&'a Path, &'a str)>) -> Self {
        let own = files.into_iter().filter_map(|(path, text)| {
            let is_own = path.starts_with(FOLDER) && is_rust(path);
            let name = path.to_str().filter(|_| is_own)?;
            Some((name.to_owned(), text.to_owned()))
        });
        Self(own.collect())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each file with its text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The same with another text for one file.
    #[must_use]
    pub fn with(&self, file: &str, text: String) -> Self {
        let mut files = self.0.clone();
        files.insert(file.to_owned(), text);
        Self(files)
    }

    pub(super) const fn files(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

/// The file that puts the others together.
#[must_use]
pub fn root() -> String {
    format!("{FOLDER}/mod.rs")
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "rs")
}
