//! Mutants of the server: named drifts from the document, all compiled in at once and switched on one at a time.

mod drift;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::bench::{self, Bench, Patch};
use super::catalogue;
use super::ledger::Ledger;
use super::outcome::{Kind, Outcome, Verdict};
use super::switched;
use super::{Bar, Context, MutateError, parallel, pick};
use crate::artefact::digest;
use crate::document::{Document, is_within};
use crate::lint::sites::{Kind as SiteKind, sites};
use crate::plan;
use crate::problem::{Place, Problem, Problems, Rule};
use crate::prove::accepted::Accepted;
use crate::prove::emitted;
use crate::prove::started::{self, Started, With};
use drift::{By, Drift};

/// Tells the live proof which operations to look at.
const CHOICE: &str = "TESSERA_OPERATIONS";

/// How many operations are looked at before all of them are.
const NEAR: usize = 3;

/// What the drifts use, in the library of the copy's server: which of them is on, and how an answer is changed.
const SWITCHES: &str = include_str!("switches.rs.txt");

/// Looks at the wanted drifts of the catalogue.
///
/// # Errors
/// When the catalogue does not fit the project, or the unchanged server is not in order.
pub fn run(context: &Context<'_>) -> Result<Ledger, MutateError> {
    let drifts: Vec<Drift> = catalogue::read(context.root, Kind::Server)?;
    let document = plan::document(context.root).map_err(MutateError::NotInOrder)?;
    let bench = Bench::lay_out(context.root, "server", &patches(context.root, &drifts)?)?;
    let rig = Rig {
        root: context.root,
        executable: bench.build()?,
        tree: bench.tree(),
        document: &document,
    };
    let inputs = digest(&format!("{} {drifts:?}", bench.inputs()));
    let mut ledger = context.ledger(Kind::Server, &inputs)?;
    let wanted = pick(
        drifts,
        context.options.sample,
        context.options.seed,
        |drift| drift.id.clone(),
        |drift| drift.operator.clone(),
    );
    let mut bar = Bar::new(Kind::Server, wanted.len());
    let mut open = Vec::new();
    for drift in wanted {
        match ledger.outcomes().iter().find(|known| known.id == drift.id) {
            Some(known) => bar.step(known),
            None => open.push(drift),
        }
    }
    if !open.is_empty() {
        rig.unchanged(&open, context.jobs())
            .into_result(())
            .map_err(MutateError::NotInOrder)?;
    }
    parallel(
        &open,
        context.jobs(),
        |drift| rig.judge(drift),
        |outcome| {
            bar.step(&outcome);
            ledger.record(outcome)
        },
    )?;
    Ok(ledger)
}

/// Builds a server that has all drifts in it, and says how those are called that a caller can meet, and their operators.
///
/// # Errors
/// When the catalogue does not fit the project, or the copy does not compile.
pub fn drifted_server(root: &Path) -> Result<(PathBuf, Vec<(String, String)>), MutateError> {
    let drifts: Vec<Drift> = catalogue::read(root, Kind::Server)?;
    let bench = Bench::lay_out(root, "server", &patches(root, &drifts)?)?;
    let program = bench.build_program("tessera")?;
    let met = drifts.into_iter().filter(|drift| drift.by != By::Emitted);
    let named = met.map(|drift| (drift.id, drift.operator)).collect();
    Ok((program, named))
}

/// What makes the project the one with all drifts in it.
fn patches(root: &Path, drifts: &[Drift]) -> Result<Vec<Patch>, MutateError> {
    let drifts = drifts
        .iter()
        .map(|drift| (drift.id.as_str(), drift.edits.as_slice()));
    switched::patches(root, drifts, "server/src/lib.rs", SWITCHES)
}

/// The built server with all drifts in it, and its proofs.
struct Rig<'a> {
    root: &'a Path,
    executable: PathBuf,
    tree: &'a Path,
    document: &'a Document,
}

impl Rig<'_> {
    /// Everything that is found when no mutant is on: by the proofs as they are, and by the live one at
    /// each operation where it is to look at a drift alone.
    fn unchanged(&self, drifts: &[Drift], jobs: usize) -> Problems {
        let mut problems = Problems::new();
        for by in By::ALL {
            problems.extend(self.prove(by, None));
        }
        let near: BTreeSet<String> = drifts.iter().flat_map(|drift| self.places(drift)).collect();
        let near: Vec<String> = near.into_iter().collect();
        let narrowed = |operation: &String| self.narrowed(operation, None);
        let Ok(()) = parallel(&near, jobs, narrowed, |found| {
            problems.extend(found);
            Ok::<(), Infallible>(())
        });
        problems
    }

    fn judge(&self, drift: &Drift) -> Outcome {
        let others = By::ALL.into_iter().filter(|by| *by != drift.by);
        let order = std::iter::once(drift.by).chain(others);
        let caught = self
            .near(drift)
            .or_else(|| {
                order
                    .map(|by| (by, self.prove(by, Some(&drift.id))))
                    .find(|(_, problems)| !problems.is_empty())
            })
            .and_then(|(by, problems)| {
                let on_place =
                    |problem: &&Problem| by == drift.by && is_at(&problem.place.pointer, &drift.at);
                let on_place = problems.iter().find(on_place);
                let telling = on_place.or_else(|| problems.iter().next())?;
                Some(Verdict::Caught {
                    proof: name(by).to_owned(),
                    rule: telling.rule.id().to_owned(),
                    at: telling.place.pointer.clone(),
                    on_place: on_place.is_some(),
                })
            });
        Outcome {
            id: drift.id.clone(),
            kind: Kind::Server,
            operator: drift.operator.clone(),
            place: drift.at.join(" "),
            verdict: caught.unwrap_or_else(|| Verdict::Missed {
                note: drift.meets.clone(),
            }),
        }
    }

    /// What the live proof finds at the operations where the drift is said to show; all of it takes
    /// many times as long.
    fn near(&self, drift: &Drift) -> Option<(By, Problems)> {
        self.places(drift).iter().find_map(|operation| {
            let problems = self.narrowed(operation, Some(&drift.id));
            let on_place = |problem: &Problem| is_at(&problem.place.pointer, &drift.at);
            let on_place = problems.iter().any(on_place);
            on_place.then_some((By::Live, problems))
        })
    }

    /// The operations at which the live proof looks at a drift first.
    fn places(&self, drift: &Drift) -> Vec<String> {
        if drift.by != By::Live {
            return Vec::new();
        }
        let mut operations = operations(self.document, &drift.at);
        operations.truncate(NEAR);
        operations
    }

    /// What the live proof finds at one operation alone.
    fn narrowed(&self, operation: &str, mutant: Option<&str>) -> Problems {
        let mut environment = switched::environment(mutant);
        environment.push((CHOICE.into(), operation.into()));
        // What only other operations show is missing here, and says nothing.
        let missing = [Rule::LiveException, Rule::LiveUnwitnessed];
        let mut telling = Problems::new();
        for problem in self.start(Started::Live, environment) {
            if !missing.contains(&problem.rule) {
                telling.push(problem);
            }
        }
        telling
    }

    fn prove(&self, by: By, mutant: Option<&str>) -> Problems {
        let started = match by {
            By::Emitted => return self.emitted(mutant),
            By::Served => Started::Served,
            By::Closed => Started::Closed,
            By::Live => Started::Live,
        };
        self.start(started, switched::environment(mutant))
    }

    fn start(&self, started: Started, environment: Vec<(OsString, OsString)>) -> Problems {
        let with = With {
            environment,
            ..With::default()
        };
        let executable = &self.executable;
        let ran = started::run(executable, self.tree, self.document, &[started], &with);
        let mut problems = Problems::new();
        for ran in ran {
            problems.extend(ran.problems);
        }
        problems
    }

    fn emitted(&self, mutant: Option<&str>) -> Problems {
        let said = bench::emitted(&self.executable, self.tree, &switched::environment(mutant));
        match (said, Accepted::read(self.root, emitted::ACCEPTED)) {
            (Ok(said), Ok(mut accepted)) => emitted::compare(self.document, &said, &mut accepted),
            (Ok(_), Err(problems)) => problems,
            (Err(error), _) => {
                let place = Place::file("server");
                Problem::wrong(Rule::EmittedUnavailable, place, error.to_string()).into()
            }
        }
    }
}

const fn name(by: By) -> &'static str {
    match by {
        By::Emitted => "emitted",
        By::Closed => "closed",
        By::Served => "served",
        By::Live => "live",
    }
}

/// The operations that the places are parts of, by their ids.
fn operations(document: &Document, places: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for site in sites(document) {
        let node = document.get(&site.pointer);
        let id = node.and_then(|node| node.get("operationId")?.as_str());
        let here = places.iter().any(|place| is_within(place, &site.pointer));
        if site.kind == SiteKind::Operation && here {
            found.extend(id.map(str::to_owned));
        }
    }
    found
}

/// Whether `found` is one of `places`, or holds it, or is held by it.
fn is_at(found: &str, places: &[String]) -> bool {
    // The empty pointer is the document as a whole, and holds everything.
    places.iter().any(|place| match (place.as_str(), found) {
        ("", found) => found.is_empty(),
        (_, "") => false,
        (place, found) => is_within(found, place) || is_within(place, found),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::drift::Drift;
    use super::{catalogue, is_at, patches};
    use crate::mutate::outcome::Kind;
    use crate::plan;

    #[test]
    fn every_drift_of_the_catalogue_fits_the_server_and_the_document() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("a project");
        let drifts: Vec<Drift> =
            catalogue::read(root, Kind::Server).expect("the catalogue is understood");
        let files = patches(root, &drifts).expect("every drift fits");
        assert!(files.len() > 20 && drifts.len() > 120);
        let document = plan::document(root).expect("the document is in order");
        for drift in drifts {
            let known = |at: &&String| document.get(at).is_none();
            assert_eq!(drift.at.iter().find(known), None, "{}", drift.id);
        }
    }

    #[test]
    fn a_finding_above_or_below_a_place_is_on_it() {
        let places = ["/a/b".to_owned()];
        for found in ["/a/b", "/a", "/a/b/c"] {
            assert!(is_at(found, &places), "{found}");
        }
        for found in ["", "/a/bc", "/b"] {
            assert!(!is_at(found, &places), "{found}");
        }
    }
}
