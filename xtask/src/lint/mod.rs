//! The authoring rules: what the document may say so that every consumer of it says the same.
//!
//! Each rule has a fixture under `fixtures/lint/` that is named by the fault and breaks it alone.

mod answers;
pub mod dispositions;
mod examples;
mod meta_schema;
mod names;
mod operations;
mod references;
mod refusals;
mod requests;
mod roundtrip;
mod schemas;
pub mod sites;
mod vocabulary;

use crate::document::Document;
use crate::problem::{Problem, Problems, Rule};
pub use meta_schema::official;
use sites::{Kind, Site};
pub use vocabulary::name;

/// Looks at every rule, and reports every breach.
#[must_use]
pub fn lint(document: &Document) -> Problems {
    let mut lint = Lint {
        document,
        sites: sites::sites(document),
        problems: Problems::new(),
    };
    vocabulary::check(&mut lint);
    names::check(&mut lint);
    references::check(&mut lint);
    operations::check(&mut lint);
    requests::check(&mut lint);
    answers::check(&mut lint);
    refusals::check(&mut lint);
    schemas::check(&mut lint);
    examples::presence(&mut lint);
    // What follows reads the document with other people's models; what is refused above only confuses them.
    if lint.problems.is_empty() {
        meta_schema::check(&mut lint);
    }
    if lint.problems.is_empty() {
        examples::check(&mut lint);
        roundtrip::check(&mut lint);
    }
    lint.problems
}

/// One pass over a document.
struct Lint<'a> {
    document: &'a Document,
    sites: Vec<Site<'a>>,
    problems: Problems,
}

impl<'a> Lint<'a> {
    fn report(&mut self, rule: Rule, pointer: &str, message: impl Into<String>) {
        self.problems
            .push(Problem::wrong(rule, self.document.place(pointer), message));
    }

    /// Everything of one kind.
    fn of(&self, kind: Kind) -> Vec<Site<'a>> {
        self.sites
            .iter()
            .filter(|site| site.kind == kind)
            .cloned()
            .collect()
    }

    /// Everything of one kind that is not a reference to something else.
    fn written(&self, kind: Kind) -> Vec<Site<'a>> {
        let mut sites = self.of(kind);
        sites.retain(|site| site.value.is_object() && !site.is_reference());
        sites
    }
}
