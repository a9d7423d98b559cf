//! Kind (b): one fact of the document is changed and everything is generated again; hand-written code stays.
//!
//! Nothing disagrees with the document then, so what has to happen is that somebody is told: the lint or a
//! generator refuses, hand-written code does not compile any more, or the change has a named class for callers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::bench::{Bench, BenchError};
use super::drift::Drift;
use super::judge::Judge;
use super::ledger::Ledger;
use super::operators::drifts;
use super::outcome::{Kind, Outcome, Verdict};
use super::relation::related;
use super::{Bar, Context, MutateError, pick};
use crate::check::Proof;
use crate::compatible;
use crate::document::Document;
use crate::lint;
use crate::problem::Problems;
use crate::{merge, sdk_gen, server_gen};

/// How many drifts are looked at when nobody says how many, or else one of each operator at each kind of construct.
const USUAL: usize = 240;

/// Where the generated files of a dialect and its handlers are.
const DIALECT_PLACES: [&str; 2] = ["server/src/generated/", "server/src/dialects/"];

/// The generated files by path.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A drift that no proof of the document objects to.
struct Open<'a> {
    drift: &'a Drift,
    /// The one dialect whose generated files it changes; nothing when it is none or several.
    dialect: Option<String>,
}

/// Looks at a stratified sample of the drifts of the project's document.
///
/// # Errors
/// When the unchanged project is not in order, or a copy of it cannot be had.
pub fn run(context: &Context<'_>) -> Result<Ledger, MutateError> {
    let judge = Judge::new(context.root)?;
    let regenerating = Regenerating {
        root: context.root,
        judge: &judge,
        document: &judge.document,
        files: files(&judge.document).map_err(MutateError::NotInOrder)?,
    };
    let mut ledger = context.ledger(Kind::Regenerated, &judge.inputs())?;
    let stratum = |drift: &Drift| format!("{} {}", drift.operator, construct(&drift.pointer));
    let all = drifts(&judge.document);
    let strata = all.iter().map(stratum).collect::<BTreeSet<_>>().len();
    let (sample, seed) = (context.options.sample, context.options.seed);
    let wanted = sample.unwrap_or(USUAL.max(strata));
    let mut chosen = pick(all, Some(wanted), seed, Drift::id, stratum);
    chosen.retain(|drift| !ledger.knows(&drift.id()));
    let mut bar = Bar::new(Kind::Regenerated, chosen.len());
    let mut record = |drift: &Drift, verdict| -> Result<(), MutateError> {
        let outcome = Outcome {
            id: drift.id(),
            kind: Kind::Regenerated,
            operator: drift.operator.clone(),
            place: drift.pointer.clone(),
            verdict,
        };
        bar.step(&outcome);
        Ok(ledger.record(outcome)?)
    };
    let mut open = Vec::new();
    for drift in &chosen {
        match regenerating.without_compiler(drift) {
            Ok(left) => open.push(left),
            Err(verdict) => record(drift, verdict)?,
        }
    }
    while !open.is_empty() {
        let batch = batch(&mut open);
        for (drift, verdict) in regenerating.compiled(batch)? {
            record(drift, verdict)?;
        }
    }
    Ok(ledger)
}

/// What kind of thing a pointer leads into: `components/schemas`, `responses`, `parameters`…
fn construct(pointer: &str) -> &str {
    let mut tokens = pointer.split('/').skip(1);
    match tokens.next() {
        Some("components") => tokens.next().unwrap_or("components"),
        Some("paths") => tokens.nth(2).unwrap_or("operation"),
        other => other.unwrap_or("document"),
    }
}

/// Drifts that can be compiled together: one of each dialect, or one that has none.
fn batch<'a>(open: &mut Vec<Open<'a>>) -> Vec<Open<'a>> {
    let mut dialects = BTreeSet::new();
    let mut batch = Vec::new();
    let mut left = Vec::new();
    for one in open.drain(..) {
        let fits = match &one.dialect {
            Some(dialect) => !dialects.contains(&None) && dialects.insert(Some(dialect.clone())),
            None => dialects.is_empty() && dialects.insert(None),
        };
        if fits {
            batch.push(one);
        } else {
            left.push(one);
        }
    }
    *open = left;
    batch
}

/// All generated files and the merged document.
fn files(document: &Document) -> Result<Files, Problems> {
    let mut artefacts = vec![merge::artefact(document)];
    artefacts.extend(server_gen::generate(document)?);
    artefacts.extend(sdk_gen::generate(document)?.0);
    let files = artefacts.into_iter();
    Ok(files
        .map(|artefact| (artefact.path, artefact.content.into_bytes()))
        .collect())
}

/// The dialect a path belongs to.
fn dialect_of(path: &Path) -> Option<String> {
    let path = path.to_str()?;
    let rest = DIALECT_PLACES
        .iter()
        .find_map(|place| path.strip_prefix(place))?;
    let name = rest.split(['/', '.']).next()?;
    (!["routes", "mod", "wire"].contains(&name)).then(|| name.to_owned())
}

struct Regenerating<'a> {
    root: &'a Path,
    judge: &'a Judge,
    document: &'a Document,
    files: Files,
}

impl Regenerating<'_> {
    /// What can be said without compiling; a drift about which nothing can is handed back.
    fn without_compiler<'d>(&self, drift: &'d Drift) -> Result<Open<'d>, Verdict> {
        let document = drift.apply(self.document);
        let refused = |proof: &str, problems: &Problems| {
            let is_about = |place: &str| {
                drift.is_about(&document, place) || related(self.document, &drift.pointer, place)
            };
            let about = problems.iter().find(|problem| problem.names(is_about));
            let shown = about.or_else(|| problems.iter().next());
            Verdict::Caught {
                proof: proof.to_owned(),
                rule: shown.map_or("", |problem| problem.rule.id()).to_owned(),
                at: shown
                    .map_or("", |problem| &problem.place.pointer)
                    .to_owned(),
                on_place: about.is_some(),
            }
        };
        let problems = lint::lint(&document);
        if !problems.is_empty() {
            return Err(refused(Proof::Document.name(), &problems));
        }
        let files = files(&document).map_err(|problems| refused("generate", &problems))?;
        let dialects: BTreeSet<String> = files
            .iter()
            .filter(|(path, content)| self.files.get(*path) != Some(content))
            .filter_map(|(path, _)| dialect_of(path))
            .collect();
        let mut dialects = dialects.into_iter();
        let dialect = match (dialects.next(), dialects.next()) {
            (Some(dialect), None) => Some(dialect),
            _ => None,
        };
        Ok(Open { drift, dialect })
    }

    /// Compiles several drifts at once until each is known to compile or not, and classifies those that do.
    fn compiled<'d>(
        &self,
        mut open: Vec<Open<'d>>,
    ) -> Result<Vec<(&'d Drift, Verdict)>, MutateError> {
        let mut known = Vec::new();
        while !open.is_empty() {
            let Some(errors) = self.errors(&open)? else {
                known.extend(open.drain(..).map(|one| (one.drift, self.class(one.drift))));
                break;
            };
            let failed: Vec<(usize, String)> = open
                .iter()
                .enumerate()
                .filter_map(|(index, one)| {
                    let own = errors.iter().find(|error| {
                        let dialect = error.file.as_deref().and_then(dialect_of);
                        dialect.is_some() && dialect == one.dialect
                    })?;
                    Some((index, own.shown.clone()))
                })
                .collect();
            if failed.is_empty() && open.len() > 1 {
                // Nobody's own files: each for itself, then.
                for one in open.drain(..) {
                    known.extend(self.compiled(vec![one])?);
                }
                break;
            }
            let alone = open.len() == 1;
            for (index, shown) in failed.iter().rev() {
                known.push((open.remove(*index).drift, uncompiled(shown, true)));
            }
            if alone && let Some(one) = open.pop() {
                let shown = errors.first().map_or("", |error| &error.shown);
                known.push((one.drift, uncompiled(shown, false)));
            }
        }
        Ok(known)
    }

    /// What the compiler says about all of them together; nothing when it is content.
    fn errors(&self, open: &[Open<'_>]) -> Result<Option<Vec<CompilerError>>, MutateError> {
        let mut document = self.document.clone();
        for one in open {
            document = one.drift.apply(&document);
        }
        let files = files(&document).map_err(MutateError::NotInOrder)?;
        let bench = Bench::lay_out_with(self.root, "regenerated", &files, &[])?;
        match bench.check() {
            Ok(()) => Ok(None),
            Err(BenchError::Compile { errors }) => Ok(Some(
                errors
                    .iter()
                    .map(|text| CompilerError::read(text))
                    .collect(),
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// The class that the drift has for those who call the API.
    fn class(&self, drift: &Drift) -> Verdict {
        let document = drift.apply(self.document);
        let changes = compatible::changes(&self.document.value, &document.value);
        let about = changes
            .iter()
            .find(|change| drift.is_about(&document, &change.pointer));
        if let Some(change) = about.or_else(|| changes.first()) {
            return Verdict::Caught {
                proof: Proof::Compatible.name().to_owned(),
                rule: change.rule.id().to_owned(),
                at: change.pointer.clone(),
                on_place: about.is_some(),
            };
        }
        if let Some(reason) = self.judge.equivalence(&document) {
            return Verdict::Equivalent {
                reason: reason.to_owned(),
            };
        }
        let objection = self.judge.judge(&document);
        let said = objection.iter().flat_map(|found| found.problems.iter());
        if let Some(problem) = said
            .into_iter()
            .find(|problem| by_hand(&problem.place.pointer))
        {
            return Verdict::Caught {
                proof: Proof::ServerSays.name().to_owned(),
                rule: problem.rule.id().to_owned(),
                at: problem.place.pointer.clone(),
                on_place: drift.is_about(&document, &problem.place.pointer),
            };
        }
        Verdict::Missed {
            note: "it compiles, and has no class".to_owned(),
        }
    }
}

/// Whether the server says something in hand-written code, so that generating again does not change it.
fn by_hand(pointer: &str) -> bool {
    ["/info/title", "/info/version", "/servers"]
        .iter()
        .any(|place| pointer.starts_with(place))
}

fn uncompiled(shown: &str, on_place: bool) -> Verdict {
    Verdict::Caught {
        proof: "compile".to_owned(),
        rule: "compile".to_owned(),
        at: shown.to_owned(),
        on_place,
    }
}

/// An error of the compiler: what it says first, and the file it is in.
struct CompilerError {
    shown: String,
    file: Option<PathBuf>,
}

impl CompilerError {
    fn read(text: &str) -> Self {
        let what = text.lines().next().unwrap_or_default();
        let place = text
            .lines()
            .find_map(|line| line.trim_start().strip_prefix("--> "));
        Self {
            shown: place.map_or_else(|| what.to_owned(), |place| format!("{what} ({place})")),
            file: place
                .and_then(|place| place.split(':').next())
                .map(PathBuf::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_its_dialect() {
        let of = |path: &str| dialect_of(Path::new(path));
        assert_eq!(of("server/src/generated/pnut.rs"), Some("pnut".to_owned()));
        assert_eq!(
            of("server/src/dialects/manis/refusals.rs"),
            Some("manis".to_owned())
        );
        assert_eq!(of("server/src/generated/routes.rs"), None);
        assert_eq!(of("client-sdk/src/generated/mod.rs"), None);
    }

    #[test]
    fn drifts_of_one_dialect_are_not_compiled_together() {
        let drift = Drift::new(
            "drop",
            "/a",
            super::super::drift::Edit::Remove("/a".to_owned()),
        );
        let of = |dialect: Option<&str>| Open {
            drift: &drift,
            dialect: dialect.map(str::to_owned),
        };
        let mut open = vec![of(Some("a")), of(Some("b")), of(Some("a")), of(None)];
        let sizes: Vec<usize> =
            std::iter::from_fn(|| (!open.is_empty()).then(|| batch(&mut open).len())).collect();
        assert_eq!(sizes, [2, 1, 1]);
    }

    #[test]
    fn what_the_compiler_says_has_its_file() {
        let error = CompilerError::read(
            "error[E0063]: missing field\n  --> server/src/dialects/pnut/render.rs:3:4\n",
        );
        assert_eq!(
            error.shown,
            "error[E0063]: missing field (server/src/dialects/pnut/render.rs:3:4)"
        );
        assert_eq!(
            error.file.as_deref().and_then(dialect_of).as_deref(),
            Some("pnut")
        );
    }

    #[test]
    fn a_pointer_leads_into_a_construct() {
        assert_eq!(construct("/components/schemas/A/type"), "schemas");
        assert_eq!(construct("/paths/~1a/get/responses/200"), "responses");
        assert_eq!(construct("/paths/~1a/get"), "operation");
        assert_eq!(construct("/info/version"), "info");
    }
}
