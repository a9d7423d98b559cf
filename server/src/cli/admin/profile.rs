//! A principal's profile as an operator writes it: member by member, or as a file. Its dialect says whether it fits.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};

use super::error::AdminError;
use crate::dialects::{Form, Kind, Unfit, kinds_of};
use crate::domain::{Dialect, PrincipalKind};

/// More than any profile has.
const LONGEST: u64 = 1 << 20;

/// What a profile is to have.
#[derive(Debug, Args)]
pub(super) struct Edits {
    /// A JSON object of members; - is the standard input
    #[arg(long, value_name = "FILE")]
    profile_file: Option<PathBuf>,

    /// A member of the profile: a text, true or false, a number, texts with commas between them, or JSON
    #[arg(long = "set", value_name = "MEMBER=VALUE")]
    set: Vec<String>,
}

impl Edits {
    /// The profile with the members of the file, and with those of the flags over them.
    pub(super) fn over(
        self,
        kind: &Kind,
        mut profile: Map<String, Value>,
    ) -> Result<Map<String, Value>, AdminError> {
        if let Some(path) = &self.profile_file {
            profile.extend(members(path)?);
        }
        for text in self.set {
            let (name, text) = text
                .split_once('=')
                .ok_or_else(|| AdminError::Refused(format!("{text}: write --set {text}=VALUE")))?;
            let form = kind.members.iter().find(|member| member.name == name);
            // One that is not known is told by the check.
            let value = form.map_or(Value::Null, |member| value(member.form, text));
            profile.insert(name.to_owned(), value);
        }
        Ok(profile)
    }
}

/// The profile, if its dialect has such ones.
pub(super) fn checked(
    kind: &Kind,
    profile: Map<String, Value>,
) -> Result<Map<String, Value>, AdminError> {
    let told = |unfit: Unfit| AdminError::Refused(unfit.to_string());
    kind.check_profile(&profile).map_err(told)?;
    Ok(profile)
}

/// That kind of a dialect, or the only one it has.
pub(super) fn kind_of(
    dialect: Dialect,
    kind: Option<PrincipalKind>,
) -> Result<&'static Kind, AdminError> {
    let all = kinds_of(dialect);
    let found = match (kind, all) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(kind), all) => all.iter().find(|one| one.kind == kind),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|one| one.kind.as_str()).collect();
        AdminError::Refused(format!(
            "{dialect} has these kinds of principals: {}; say which with --kind",
            names.join(", ")
        ))
    })
}

/// What a text on the command line is as a member of that form. What is none of it stays a text, which the check refuses.
fn value(form: Form, text: &str) -> Value {
    let json = || serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    match form {
        Form::Text => Value::from(text),
        Form::Texts(_) if !text.starts_with('[') => {
            let words = text.split(',').map(str::trim);
            words.filter(|word| !word.is_empty()).collect()
        }
        Form::Flag | Form::Count | Form::Texts(_) | Form::Own { .. } => json(),
    }
}

fn members(path: &Path) -> Result<Map<String, Value>, AdminError> {
    let refused = |why: String| AdminError::Refused(format!("{}: {why}", path.display()));
    let mut text = String::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(LONGEST).read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text))
    };
    read.map_err(|error| refused(error.to_string()))?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(refused("a profile is a JSON object".to_owned())),
        Err(error) => Err(refused(format!("no JSON: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dialects::TextRule;

    #[test]
    fn a_member_is_written_as_its_form_wants() {
        let own = Form::Own {
            words: "",
            fits: |_| true,
        };
        for (form, text, read) in [
            (Form::Text, "true", json!("true")),
            (Form::Text, "", json!("")),
            (Form::Flag, "true", json!(true)),
            (Form::Flag, "yes", json!("yes")),
            (Form::Count, "12", json!(12)),
            (Form::Texts(TextRule::NAME), "a, b,", json!(["a", "b"])),
            (Form::Texts(TextRule::NAME), "", json!([])),
            (Form::Texts(TextRule::NAME), r#"["a"]"#, json!(["a"])),
            (own, r#"{"a":1}"#, json!({"a": 1})),
            (own, "human", json!("human")),
        ] {
            assert_eq!(value(form, text), read, "{text}");
        }
    }
}
