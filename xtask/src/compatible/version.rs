//! How far `info.version` has to move for what changed.

use serde_json::Value;

use super::rule::Class;
use crate::document::Document;
use crate::problem::{Problem, Problems, Rule};

/// Where the version is.
const POINTER: &str = "/info/version";

/// `major.minor.patch`; what follows a hyphen or a plus says nothing about callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    major: u64,
    minor: u64,
    patch: u64,
}

impl Version {
    fn read(text: &str) -> Option<Self> {
        let numbers = text.split(['-', '+']).next()?;
        let mut parts = numbers.split('.').map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        });
        let version = Self {
            major: parts.next()??,
            minor: parts.next()??,
            patch: parts.next()??,
        };
        parts.next().is_none().then_some(version)
    }

    /// The lowest version that may say this.
    const fn after(self, class: Class) -> Self {
        match class {
            Class::Documentation => self,
            Class::Compatible => Self {
                patch: self.patch + 1,
                ..self
            },
            // Before 1.0.0 the minor number is the one that breaks, as cargo reads it.
            Class::Sdk | Class::Breaking if self.major == 0 => Self {
                major: 0,
                minor: self.minor + 1,
                patch: 0,
            },
            Class::Sdk | Class::Breaking => Self {
                major: self.major + 1,
                minor: 0,
                patch: 0,
            },
        }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// What is wrong with the new version, given the worst thing that changed.
pub(super) fn moved(old: &Value, new: &Document, worst: Option<Class>) -> Problems {
    let said = |document: &Value| {
        let version = document.pointer(POINTER).and_then(Value::as_str);
        version.unwrap_or_default().to_owned()
    };
    let (was, is) = (said(old), said(&new.value));
    let place = new.place(POINTER);
    let (Some(before), Some(now)) = (Version::read(&was), Version::read(&is)) else {
        let message = "the version is not three numbers, so it cannot be said to have moved";
        let problem = Problem::wrong(Rule::VersionUnreadable, place, message);
        return problem.with_sides(was, is).into();
    };
    let class = worst.unwrap_or(Class::Documentation);
    let needed = before.after(class);
    let remedy = format!("write version: {needed}, then cargo xtask generate");
    if now < before {
        let message = format!("the version went back from {before}");
        let problem = Problem::wrong(Rule::VersionWentBack, place, message);
        return problem
            .with_sides(format!("{needed} or higher"), is)
            .with_remedy(remedy)
            .into();
    }
    if now < needed {
        let word = match class {
            Class::Sdk => "breaks code written against the SDK",
            Class::Breaking => "breaks callers",
            Class::Compatible | Class::Documentation => "is visible to callers",
        };
        let message = format!("something {word}, and the version does not say so");
        let problem = Problem::wrong(Rule::VersionNotMoved, place, message);
        return problem
            .with_sides(format!("{needed} or higher"), is)
            .with_remedy(remedy)
            .into();
    }
    Problems::new()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(was: &str, is: &str, worst: Option<Class>) -> Vec<(Rule, String)> {
        let document = |version: &str| json!({"info": {"version": version}});
        let new = Document::from_value(document(is));
        let problems = moved(&document(was), &new, worst);
        problems
            .into_iter()
            .map(|problem| (problem.rule, problem.remedy))
            .collect()
    }

    #[test]
    fn a_version_moves_as_far_as_the_worst_change() {
        use Class::{Breaking, Compatible, Documentation, Sdk};
        for (was, class, lowest) in [
            ("0.1.0", Breaking, "0.2.0"),
            ("0.1.7", Sdk, "0.2.0"),
            ("0.1.7", Compatible, "0.1.8"),
            ("1.2.3", Breaking, "2.0.0"),
            ("1.2.3", Compatible, "1.2.4"),
            ("1.2.3", Documentation, "1.2.3"),
        ] {
            assert_eq!(found(was, lowest, Some(class)), [], "{was} {class:?}");
            if lowest != was {
                let remedy = format!("write version: {lowest}, then cargo xtask generate");
                let expected = [(Rule::VersionNotMoved, remedy)];
                assert_eq!(found(was, was, Some(class)), expected);
            }
        }
        assert_eq!(found("0.9.0", "1.0.0-rc.1", Some(Breaking)), []);
        assert_eq!(found("0.1.0", "0.1.0", None), []);
    }

    #[test]
    fn a_version_never_goes_back_and_is_three_numbers() {
        assert_eq!(found("1.2.3", "1.2.2", None)[0].0, Rule::VersionWentBack);
        for odd in ["1.2", "1.2.x", "v1.2.3", "1.2.3.4", ""] {
            assert_eq!(
                found("1.2.3", odd, None)[0].0,
                Rule::VersionUnreadable,
                "{odd}"
            );
        }
    }
}
