//! Asks before what cannot be undone.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::error::AdminError;

/// Goes on when the operator says yes: with `--yes`, or at the terminal.
pub(super) fn confirm(question: &str, yes: bool) -> Result<(), AdminError> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(AdminError::NotConfirmed);
    }
    write!(io::stderr(), "{question} [y/N] ")?;
    let mut said = String::new();
    io::stdin().lock().read_line(&mut said)?;
    if ["y", "yes"].contains(&said.trim().to_ascii_lowercase().as_str()) {
        Ok(())
    } else {
        Err(AdminError::NotConfirmed)
    }
}
