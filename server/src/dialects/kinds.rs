//! What principals a dialect has: how they may be called, what their profiles hold, and what they prove themselves by.
//!
//! Whoever makes or changes a principal asks here first, so that none is stored that its dialect could not read.

use serde_json::{Map, Value};

use crate::domain::{MachineSecret, PrincipalKind, SecretPurpose};

/// One kind of principals of a dialect.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// What they are.
    pub kind: PrincipalKind,
    /// How they may be called.
    pub names: TextRule,
    /// What a profile may hold. Each member may be left out.
    pub members: &'static [Member],
    /// What they may prove themselves by.
    pub secrets: &'static [KindSecret],
}

/// What a text must be like.
#[derive(Debug, Clone, Copy)]
pub struct TextRule {
    /// The rule in words.
    pub words: &'static str,
    /// The rule.
    pub fits: fn(&str) -> bool,
}

impl TextRule {
    /// A name that travels in a header, a form, a path and HTTP Basic alike.
    pub const NAME: Self = Self {
        words: "1 to 128 visible ASCII characters without \" , : ; \\",
        fits: |text| {
            let fits = |byte: u8| byte.is_ascii_graphic() && !b"\",:;\\".contains(&byte);
            (1..=128).contains(&text.len()) && text.bytes().all(fits)
        },
    };
    /// A password that no dialect narrows.
    pub const PASSWORD: Self = Self {
        words: "8 to 1024 bytes without control characters",
        fits: |text| (8..=1024).contains(&text.len()) && !text.contains(char::is_control),
    };
    /// A secret that a machine sends as it is: long enough that nobody guesses it, and fit for a header.
    pub const MACHINE: Self = Self {
        words: "16 to 512 visible ASCII characters",
        fits: |text| {
            (16..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        },
    };
}

/// A member of a profile.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// What it must be.
    pub form: Form,
    /// What it says.
    pub says: &'static str,
}

/// What a member of a profile must be.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number, 0 or more.
    Count,
    /// An array of texts.
    Texts(TextRule),
    /// What a dialect has a type of its own for.
    Own {
        /// What it must be, in words.
        words: &'static str,
        /// Whether a value is.
        fits: fn(&Value) -> bool,
    },
}

impl Form {
    /// What it must be, in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Count => "a whole number, 0 or more".to_owned(),
            Self::Texts(rule) => format!("an array of texts, each {}", rule.words),
            Self::Own { words, .. } => words.to_owned(),
        }
    }

    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Flag => value.is_boolean(),
            Self::Count => value.as_i64().is_some_and(|count| count >= 0),
            Self::Texts(rule) => value.as_array().is_some_and(|all| {
                let mut texts = all.iter();
                texts.all(|one| one.as_str().is_some_and(rule.fits))
            }),
            Self::Own { fits, .. } => fits(value),
        }
    }
}

/// What a principal may prove itself by.
#[derive(Debug, Clone, Copy)]
pub enum KindSecret {
    /// A password, which must be like that.
    Password(TextRule),
    /// A text that a machine sends as it is.
    Machine(MachineSecret),
    /// A key that its holder signs tokens with.
    HmacKey,
    /// The seed of one-time codes.
    TotpSeed,
    /// The public half of a key that its holder signs assertions with.
    AssertionKey,
}

impl KindSecret {
    /// What it is for.
    #[must_use]
    pub const fn purpose(self) -> SecretPurpose {
        match self {
            Self::Password(_) => SecretPurpose::Password,
            Self::Machine(sort) => sort.purpose(),
            Self::HmacKey => SecretPurpose::HmacKey,
            Self::TotpSeed => SecretPurpose::TotpSeed,
            Self::AssertionKey => SecretPurpose::AssertionKey,
        }
    }
}

/// Why a principal cannot be as it was asked for; the text says what it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Its name.
    #[error("a {kind} is not called so: its name must be {words}")]
    Name {
        /// What it is.
        kind: PrincipalKind,
        /// What its name must be.
        words: &'static str,
    },
    /// A member that no profile of the kind has.
    #[error("the profile of a {kind} has no member {member}; it may have {known}")]
    Unknown {
        /// What it is.
        kind: PrincipalKind,
        /// Which member.
        member: String,
        /// Those it may have.
        known: String,
    },
    /// A member that is something else than it must be.
    #[error("{member} must be {words}")]
    Member {
        /// Which.
        member: &'static str,
        /// What it must be.
        words: String,
    },
}

impl Kind {
    /// Whether a principal may be called so.
    ///
    /// # Errors
    /// [`Unfit::Name`].
    pub fn check_name(&self, name: &str) -> Result<(), Unfit> {
        if (self.names.fits)(name) {
            Ok(())
        } else {
            Err(Unfit::Name {
                kind: self.kind,
                words: self.names.words,
            })
        }
    }

    /// Whether a profile may be like that.
    ///
    /// # Errors
    /// The first member that is not known, or not what it must be.
    pub fn check_profile(&self, profile: &Map<String, Value>) -> Result<(), Unfit> {
        for (name, value) in profile {
            let member = self.members.iter().find(|member| member.name == name);
            let member = member.ok_or_else(|| Unfit::Unknown {
                kind: self.kind,
                member: name.clone(),
                known: self.known(),
            })?;
            if !member.form.fits(value) {
                return Err(Unfit::Member {
                    member: member.name,
                    words: member.form.words(),
                });
            }
        }
        Ok(())
    }

    /// What it may prove itself by for that purpose, if by anything.
    #[must_use]
    pub fn secret(&self, purpose: SecretPurpose) -> Option<KindSecret> {
        let mut all = self.secrets.iter().copied();
        all.find(|secret| secret.purpose() == purpose)
    }

    fn known(&self) -> String {
        let names: Vec<&str> = self.members.iter().map(|member| member.name).collect();
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::dialects::REGISTRATIONS;

    const KIND: Kind = Kind {
        kind: PrincipalKind::Client,
        names: TextRule::NAME,
        members: &[
            Member {
                name: "scopes",
                form: Form::Texts(TextRule::NAME),
                says: "",
            },
            Member {
                name: "step_up",
                form: Form::Flag,
                says: "",
            },
            Member {
                name: "used",
                form: Form::Count,
                says: "",
            },
        ],
        secrets: &[KindSecret::TotpSeed],
    };

    fn checked(profile: &Value) -> Result<(), String> {
        let profile = profile.as_object().cloned().unwrap_or_default();
        KIND.check_profile(&profile)
            .map_err(|unfit| unfit.to_string())
    }

    #[test]
    fn a_profile_holds_known_members_of_their_forms() {
        for fits in [
            json!({}),
            json!({"scopes": [], "step_up": true, "used": 0}),
            json!({"scopes": ["a"]}),
        ] {
            assert_eq!(checked(&fits), Ok(()), "{fits}");
        }
        for (unfit, word) in [
            (
                json!({"scope": []}),
                "no member scope; it may have scopes, step_up, used",
            ),
            (
                json!({"scopes": "a"}),
                "scopes must be an array of texts, each",
            ),
            (json!({"scopes": ["a b"]}), "scopes must be"),
            (json!({"scopes": [1]}), "scopes must be"),
            (json!({"step_up": "true"}), "step_up must be true or false"),
            (
                json!({"used": -1}),
                "used must be a whole number, 0 or more",
            ),
            (json!({"used": 1.5}), "used must be"),
            (json!({"used": null}), "used must be"),
        ] {
            let told = checked(&unfit).expect_err("it does not fit");
            assert!(told.contains(word), "{unfit}: {told}");
        }
    }

    #[test]
    fn names_and_secrets_are_such_as_can_be_sent() {
        for (rule, text, fits) in [
            (TextRule::NAME, "7QdVYmpRkDwz0uNsBh3TgLxA5cJe8fKi", true),
            (TextRule::NAME, "", false),
            (TextRule::NAME, "a:b", false),
            (TextRule::NAME, "a b", false),
            (TextRule::NAME, "ä", false),
            (TextRule::PASSWORD, "passw\u{f6}rd with spaces", true),
            (TextRule::PASSWORD, "short", false),
            (TextRule::PASSWORD, "line\nbreak", false),
            (TextRule::MACHINE, "0123456789abcdef", true),
            (TextRule::MACHINE, "0123456789abcde", false),
            (TextRule::MACHINE, "0123456789 abcdef", false),
        ] {
            assert_eq!((rule.fits)(text), fits, "{text}: {}", rule.words);
        }
    }

    #[test]
    fn a_dialect_names_a_kind_a_member_and_a_purpose_once() {
        fn once<T: Ord>(all: impl Iterator<Item = T>) -> bool {
            let all: Vec<T> = all.collect();
            let count = all.len();
            all.into_iter().collect::<BTreeSet<T>>().len() == count
        }
        for dialect in REGISTRATIONS {
            let kinds = dialect.kinds;
            assert!(once(kinds.iter().map(|kind| kind.kind.as_str())));
            for kind in kinds {
                assert!(once(kind.members.iter().map(|member| member.name)));
                let purposes = kind.secrets.iter().map(|secret| secret.purpose().as_str());
                assert!(once(purposes), "{} {}", dialect.id, kind.kind);
            }
        }
    }
}
