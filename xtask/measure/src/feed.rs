//! What a row of the table is asked with, and what a right answer is.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::fault::Fault;
use crate::shot::{Answer, Shot};

/// Passwords that are hashed at once without any being refused.
pub const LANE: usize = 2;

/// Requests, as bytes to be written.
#[derive(Debug)]
pub enum Shots {
    /// The same ones in turn, as often as there is time.
    Again(Vec<Bytes>, usize),
    /// Each once.
    Once(VecDeque<Bytes>),
}

/// How requests come to be that can be sent once only.
pub struct Supply {
    /// What makes something to use up.
    pub issue: Shot,
    /// Where the answer to that has it.
    pub found: Found,
    /// How many are made for one slot.
    pub prepared: usize,
    /// How many connections make them.
    pub at_once: usize,
    /// The request that uses it up.
    pub spend: Box<dyn Fn(&str) -> Shot>,
}

/// Where an answer has what it hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The text at a JSON pointer.
    At(&'static str),
    /// Its first cookie, with its name.
    Cookie,
}

impl Found {
    /// What it is in this answer.
    ///
    /// # Errors
    /// When it is not there.
    pub fn of(self, answer: &Answer) -> Result<String, Fault> {
        match self {
            Self::At(pointer) => answer.text_at(pointer),
            Self::Cookie => answer.cookie(),
        }
    }
}

/// What the issue demands of a row, as multiples of the floor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// Measured before the engine was built, on a quiet machine.
    pub was: f64,
    /// At most this.
    pub gate: f64,
    /// Better this.
    pub aim: f64,
}

/// One row.
pub struct Row {
    /// For people.
    pub name: &'static str,
    /// `operationId`, or empty for what is not in the document.
    pub operation: &'static str,
    /// Where the issue demands something.
    pub goal: Option<Goal>,
    /// Whether something on its way is a password: those have a lane of their own, which takes much memory and sheds what is too much.
    pub passwords: bool,
    /// What is sent.
    pub shots: Vec<Shot>,
    /// Where each request can be sent once.
    pub supply: Option<Supply>,
    /// The status of a right answer.
    pub status: u16,
    /// What a right answer has in its body.
    pub mark: &'static str,
}

impl Row {
    /// A row whose requests can be repeated.
    #[must_use]
    pub fn again(
        name: &'static str,
        operation: &'static str,
        shots: Vec<Shot>,
        status: u16,
        mark: &'static str,
    ) -> Self {
        Self {
            name,
            operation,
            goal: None,
            passwords: false,
            shots,
            supply: None,
            status,
            mark,
        }
    }

    /// A row whose requests use something up.
    #[must_use]
    pub fn once(
        name: &'static str,
        operation: &'static str,
        supply: Supply,
        status: u16,
        mark: &'static str,
    ) -> Self {
        Self {
            supply: Some(supply),
            ..Self::again(name, operation, Vec::new(), status, mark)
        }
    }

    /// With what the issue demands.
    #[must_use]
    pub fn goal(mut self, was: f64, gate: f64, aim: f64) -> Self {
        self.goal = Some(Goal { was, gate, aim });
        self
    }

    /// With a password on its way.
    #[must_use]
    pub fn with_passwords(mut self) -> Self {
        self.passwords = true;
        self
    }

    /// Whether an answer is right.
    #[must_use]
    pub fn is_right(&self, answer: &Answer) -> bool {
        let mark = self.mark.as_bytes();
        answer.status == self.status
            && (mark.is_empty() || answer.body.windows(mark.len()).any(|part| part == mark))
    }
}

impl Shots {
    /// The next one.
    pub fn take(&mut self) -> Option<Bytes> {
        match self {
            Self::Again(all, at) => {
                *at = (*at + 1) % all.len().max(1);
                all.get(*at).cloned()
            }
            Self::Once(left) => left.pop_front(),
        }
    }
}
