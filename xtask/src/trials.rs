//! The tests' trials as a process beside a demo, for those who judge it: they know what a good request is made of.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::demo::Demo;

/// The test that answers.
const TEST: &str = "second_opinion::trials_answer";
/// How often the address is looked for, and for how long.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: usize = 1500;

/// A process that ends with its owner.
#[derive(Debug)]
pub struct Trials {
    process: Child,
    /// Where they answer.
    pub url: String,
}

impl Trials {
    /// Starts the tests' binary beside a demo, with its files in `folder`.
    ///
    /// # Errors
    /// When it does not say where it answers.
    pub fn start(tests: &Path, demo: &Demo, folder: &Path) -> io::Result<Self> {
        let file = folder.join("trials");
        let process = Command::new(tests)
            .args(["--exact", TEST, "--nocapture"])
            .env("TESSERA_CREDENTIALS_FILE", &demo.credentials)
            .env("TESSERA_TRIALS_FILE", &file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("trials.log"))?)
            .spawn()?;
        let mut trials = Self {
            process,
            url: String::new(),
        };
        for _ in 0..LOOKS {
            if let Ok(address) = fs::read_to_string(&file) {
                trials.url = format!("http://{address}");
                return Ok(trials);
            }
            if trials.process.try_wait()?.is_some() {
                break;
            }
            thread::sleep(LOOK);
        }
        let said = fs::read_to_string(folder.join("trials.log")).unwrap_or_default();
        Err(io::Error::other(format!(
            "the trials did not start: {said}"
        )))
    }
}

impl Drop for Trials {
    fn drop(&mut self) {
        // It answers until somebody ends it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
