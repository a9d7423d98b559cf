//! A demo as a process, for those who judge a running server.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::prove::without_settings;

/// A demo on a fresh database, as a process that ends with its owner.
#[derive(Debug)]
pub struct Demo {
    process: Child,
    /// Where it answers.
    pub url: String,
    /// The file with its credentials.
    pub credentials: PathBuf,
}

impl Demo {
    /// Starts it without limits on rates and failed logins: judged is what an answer is, not how many there are.
    ///
    /// # Errors
    /// When it does not say that it serves.
    pub fn start(server: &Path, folder: &Path, environment: &[(&str, &str)]) -> io::Result<Self> {
        let credentials = folder.join("credentials.json");
        let database = folder.join("tessera.db");
        let process = without_settings(&mut Command::new(server))
            .envs(environment.iter().copied())
            .args(["demo", "--listen", "127.0.0.1:0"])
            .args(["--rate-limits", "off", "--lockout", "off"])
            .arg("--database-url")
            .arg(format!("sqlite://{}", database.display()))
            .arg("--credentials-file")
            .arg(&credentials)
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("log"))?)
            .spawn()?;
        let mut demo = Self {
            process,
            url: String::new(),
            credentials,
        };
        // It prints its guide when it serves.
        let mut line = String::new();
        if let Some(guide) = demo.process.stdout.take() {
            BufReader::new(guide).read_line(&mut line)?;
        }
        match line
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
        {
            Some(url) => url.clone_into(&mut demo.url),
            None => return Err(io::Error::other("the demo did not start")),
        }
        Ok(demo)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself, which the run has shown already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
