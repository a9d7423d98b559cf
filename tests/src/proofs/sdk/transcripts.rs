//! The committed transcripts: one file per operation, each request byte for byte as it left the SDK.
//!
//! `BLESS=1 cargo test -p tessera-tests proofs::sdk` writes them anew; read the difference before committing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Findings, pointers};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts/sdk")
}

/// The transcripts of one run, by operation.
#[derive(Debug, Default)]
pub struct Transcripts(BTreeMap<&'static str, String>);

impl Transcripts {
    /// Adds one request; `None` when nothing was sent.
    pub fn add(&mut self, operation: &'static str, name: &str, host: &str, request: Option<&[u8]>) {
        let text = self.0.entry(operation).or_default();
        let sent = request.map_or_else(
            || "nothing is sent".to_owned(),
            |bytes| {
                let sent = String::from_utf8_lossy(bytes).replace(host, "authority.example");
                sent.replace("\r\n", "\n").trim_end().to_owned()
            },
        );
        let _ = write!(text, "### {name}\n{sent}\n\n");
    }

    /// Compares with what is committed, or writes it.
    pub fn conclude(&self, findings: &mut Findings) {
        if std::env::var_os("BLESS").is_some() {
            fs::create_dir_all(folder()).expect("the folder can be made");
            for (operation, text) in &self.0 {
                let file = fs::File::create(folder().join(format!("{operation}.http")));
                file.and_then(|mut file| file.write_all(text.as_bytes()))
                    .expect("a transcript can be written");
            }
        }
        for (operation, found) in &self.0 {
            let expected =
                fs::read_to_string(folder().join(format!("{operation}.http"))).unwrap_or_default();
            let (was, is) = (blocks(&expected), blocks(found));
            let names: BTreeSet<&str> = was.keys().chain(is.keys()).copied().collect();
            for name in names {
                let show = |side: &BTreeMap<&str, &str>| {
                    side.get(name)
                        .copied()
                        .unwrap_or("no such request")
                        .to_owned()
                };
                let (was, is) = (show(&was), show(&is));
                if was != is {
                    let pointer = pointers::site(operation)
                        .map(|site| site.pointer)
                        .unwrap_or_default();
                    let message = format!("{operation} {name} is not sent as recorded");
                    findings.differ("sdk-transcript", &pointer, message, was, is);
                }
            }
        }
        for entry in fs::read_dir(folder()).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !self.0.contains_key(name.trim_end_matches(".http")) {
                findings.add(
                    "sdk-transcript",
                    "",
                    format!("the transcript {name} belongs to no operation"),
                );
            }
        }
    }
}

/// Name and text of each request in a file.
fn blocks(text: &str) -> BTreeMap<&str, &str> {
    text.split("### ")
        .filter_map(|block| block.split_once('\n'))
        .map(|(name, request)| (name, request.trim_end()))
        .collect()
}
