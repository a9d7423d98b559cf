//! Texts with placeholders: what `new-dialect` and `rehearse` write.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value};

use crate::fresh;

/// The text of a template, with the members of `names` in its placeholders.
///
/// # Errors
/// What is wrong with the template.
pub fn render(template: &str, names: Value) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(
        SyntaxConfig::builder()
            .keep_trailing_newline(true)
            .build()?,
    );
    environment.render_str(template, names)
}

/// Writes a file, as `cargo fmt` wants it, and the folders that it lies in.
///
/// # Errors
/// Those of the file system, and of rustfmt.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fresh::replace(path, &formatted(path, text)?)
}

/// The text of a file as `cargo fmt` wants it; one that is no Rust as it is.
fn formatted(path: &Path, text: &str) -> io::Result<String> {
    if path.extension().is_none_or(|ending| ending != "rs") {
        return Ok(text.to_owned());
    }
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = rustfmt.stdin.take() {
        // Each is small enough to be taken before anything is answered.
        input.write_all(text.as_bytes())?;
    }
    let formatted = rustfmt.wait_with_output()?;
    if !formatted.status.success() {
        return Err(io::Error::other(format!(
            "rustfmt does not understand {}",
            path.display()
        )));
    }
    String::from_utf8(formatted.stdout).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    #[test]
    fn names_stand_in_their_places_and_the_last_line_stays_one() {
        let text =
            render("mod {{ d }};\n", context! { d => "turnstile" }).expect("the template is sound");
        assert_eq!(text, "mod turnstile;\n");
    }
}
