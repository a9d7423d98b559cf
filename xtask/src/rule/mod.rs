//! The names of everything `generate` and `check` can object to, and why each is objected to.

/// When a rule is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// While the authored fragments are read, merged and linted.
    Document,
    /// While code is generated from the document.
    Generator,
    /// While what is in the tree is compared with what the document says.
    Proof,
}

/// Makes of the rows of `table` the type with what each row says.
macro_rules! rules {
    ($($variant:ident, $id:literal, $stage:ident, $remedy:literal, $explanation:literal;)+) => {
        /// A rule with a stable name; the name may be written into scripts and accepted lists.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(clippy::doc_markdown, reason = "the explanations are shown on terminals, without markup")]
        pub enum Rule {
            $(#[doc = $explanation] $variant,)+
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name, in kebab case.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// When the rule is looked at.
            #[must_use]
            pub const fn stage(self) -> Stage {
                match self { $(Self::$variant => Stage::$stage,)+ }
            }

            /// What repairs a breach of the rule in general.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)+ }
            }

            /// Why the rule exists.
            #[must_use]
            pub const fn explain(self) -> &'static str {
                match self { $(Self::$variant => $explanation,)+ }
            }
        }
    };
}

mod table;

pub use table::Rule;

impl Rule {
    /// The rule of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}
