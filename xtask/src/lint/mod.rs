//! The authoring rules: what the document may say so that every consumer of it says the same.
//!
//! Each rule has a fixture under `fixtures/lint/` that is named by the fault and breaks it alone.

mod answers;
mod base_paths;
pub mod dispositions;
mod examples;
mod meta_schema;
mod names;
mod operations;
mod owners;
mod references;
mod refusals;
mod requests;
mod roundtrip;
mod schemas;
mod shapes;
pub mod sites;
mod stamped;
mod told;
mod vocabulary;

use crate::document::{Document, is_within};
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
    base_paths::check(&mut lint);
    requests::check(&mut lint);
    answers::check(&mut lint);
    stamped::check(&mut lint);
    refusals::check(&mut lint);
    told::check(&mut lint);
    owners::check(&mut lint);
    schemas::check(&mut lint);
    examples::presence(&mut lint);
    // What follows reads the document with other people's models.
    lint.news(meta_schema::check);
    let readable = lint.problems.iter().all(|problem| {
        problem.rule != Rule::UnresolvedReference && problem.rule != Rule::InvalidSchema
    });
    if readable {
        lint.news(examples::check);
        lint.news(roundtrip::check);
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

    /// Looks at more, and keeps what is not about places that are known to be wrong, or about what these stand in.
    fn news(&mut self, check: fn(&mut Self)) {
        let mut known = std::mem::take(&mut self.problems);
        check(self);
        let is_news = |problem: &Problem| {
            !known.iter().any(|known| {
                let known = &known.place.pointer;
                let is_near = |place: &str| is_within(place, known) || is_within(known, place);
                // What is known of the document as a whole is about no place of it.
                !known.is_empty() && problem.names(is_near)
            })
        };
        let news: Vec<Problem> = std::mem::take(&mut self.problems)
            .into_iter()
            .filter(is_news)
            .collect();
        known.extend(news);
        self.problems = known;
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
