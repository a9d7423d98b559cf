//! What the doctor finds: about what, how grave, and what to do.

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grade {
    Fine,
    Careful,
    Wrong,
}

impl Grade {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Careful => "careful",
            Self::Wrong => "wrong",
        }
    }
}

/// What was looked at, what was found, and what to do.
pub(super) struct Finding {
    pub(super) about: &'static str,
    pub(super) grade: Grade,
    pub(super) found: String,
    pub(super) advice: String,
}

/// Everything that was found.
#[derive(Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    pub(super) fn add(
        &mut self,
        about: &'static str,
        grade: Grade,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.0.push(Finding {
            about,
            grade,
            found: found.into(),
            advice: advice.into(),
        });
    }

    pub(super) fn fine(&mut self, about: &'static str, found: impl Into<String>) {
        self.add(about, Grade::Fine, found, "");
    }

    pub(super) fn wrong(
        &mut self,
        about: &'static str,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.add(about, Grade::Wrong, found, advice);
    }
}
