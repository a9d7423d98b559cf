//! A principal that an operator makes on the command line, and the members of the demo's credentials that its name and secrets
//! take the place of: with them a trial goes on as before, as somebody else.

/// A principal to be made.
#[derive(Debug, Clone, Copy)]
pub struct Provided {
    /// Its kind.
    pub kind: &'static str,
    /// Its name, which no principal of the demo has.
    pub name: &'static str,
    /// The member that has the name.
    pub held_as: &'static str,
    /// What it proves itself by.
    pub secrets: &'static [ProvidedSecret],
}

/// A secret to be made for it.
#[derive(Debug, Clone, Copy)]
pub struct ProvidedSecret {
    /// What it is for.
    pub purpose: &'static str,
    /// The member that has its value.
    pub held_as: &'static str,
    /// The member that has its identifier, where callers send it.
    pub id_held_as: Option<&'static str>,
}

impl ProvidedSecret {
    /// One whose identifier nobody sends.
    #[must_use]
    pub const fn new(purpose: &'static str, held_as: &'static str) -> Self {
        Self {
            purpose,
            held_as,
            id_held_as: None,
        }
    }
}
