//! Ways into a dialect that can be guessed at: a password, a one-time code.

use super::Call;

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Door {
    /// Its name within the dialect.
    pub name: &'static str,
    /// Where the demo's credentials have the user whose password opens it; `None` where no password does.
    pub user: Option<&'static str>,
}

impl Door {
    /// A user's password.
    pub const fn password(name: &'static str, user: &'static str) -> Self {
        Self {
            name,
            user: Some(user),
        }
    }

    /// Something else that is short enough to be guessed.
    pub const fn code(name: &'static str) -> Self {
        Self { name, user: None }
    }
}

/// What somebody tries at a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// What opens it.
    Right,
    /// Another secret of the same name.
    Wrong,
    /// A name that nobody has.
    Nobody,
}

/// A request at a door.
#[derive(Debug, Clone)]
pub struct Knock {
    /// The operation that it is of.
    pub operation: &'static str,
    /// The request.
    pub call: Call,
}
