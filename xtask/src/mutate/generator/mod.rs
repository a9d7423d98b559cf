//! Mutants of the generator: one wrong rule each, everything generated again, so that no two files disagree.
//!
//! Only a proof that reads the document by itself can notice: comparing what is generated with what the
//! same generator makes would find nothing.

mod flipped;
mod flips;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use flipped::{Generator, Made, SWITCH, switch};
use flips::{Flip, patches};

use super::bench::{self, Bench, BenchError, Patch};
use super::ledger::Ledger;
use super::outcome::{Kind, Outcome, Verdict};
use super::{Bar, Context, MutateError, parallel, pick};
use crate::check::judge::{Evidence, judge};
use crate::check::{Proof, Scope, Tree};
use crate::document::Document;
use crate::problem::Problems;
use crate::prove::sdk::Sources;
use crate::prove::started::{self, Started, With};

/// The copy in which what a wrong generator made is built.
const COPY: &str = "generator";

/// Looks at every wrong rule.
///
/// # Errors
/// When the unchanged project is not in order, or a copy of it cannot be had.
pub fn run(context: &Context<'_>) -> Result<Ledger, MutateError> {
    let scope = Scope::FAST;
    let tree = Tree::of(context.root, &scope);
    let evidence = tree.evidence().map_err(MutateError::NotInOrder)?;
    let mut wrong = Problems::new();
    for (_, problems) in judge(&tree.reading().document, &evidence) {
        wrong.extend(problems);
    }
    if !wrong.is_empty() {
        return Err(MutateError::NotInOrder(wrong));
    }
    let mut ledger = context.ledger(Kind::Generator, &bench::sources(context.root)?)?;
    let bench = Flipping {
        root: context.root,
        document: &tree.reading().document,
        evidence: &evidence,
    };
    let options = context.options;
    let (generators, copied) = flips::read(context.root)?;
    let wanted = |flips: &'_ [Flip]| {
        let numbered: Vec<(usize, Flip)> = (1..).zip(flips.iter().cloned()).collect();
        let chosen = pick(
            numbered,
            options.sample,
            options.seed,
            |(_, flip)| flip.id.clone(),
            |(_, flip)| flip.part(),
        );
        chosen
            .into_iter()
            .filter(|(_, flip)| !ledger.knows(&id(flip)))
            .collect::<Vec<_>>()
    };
    let (made, running) = (wanted(&generators), wanted(&copied));
    let mut bar = Bar::new(Kind::Generator, made.len() + running.len());
    if !made.is_empty() {
        let generator = Generator::build(context.root, &generators)?;
        let usual = match generator.make(0)? {
            Made::Files(files) => files,
            Made::Refused(reason) => return Err(MutateError::Unavailable(reason)),
        };
        bench.in_order(&Copy::built(&Bench::lay_out(context.root, COPY, &[])?)?)?;
        for (number, flip) in made {
            let outcome = outcome(&flip, bench.generated(&generator, &usual, number)?);
            bar.step(&outcome);
            ledger.record(outcome)?;
        }
    }
    if !running.is_empty() {
        let copy = bench.runtime(&copied)?;
        bench.in_order(&copy)?;
        parallel(
            &running,
            context.jobs(),
            |(number, flip)| {
                let on = (SWITCH.into(), number.to_string().into());
                outcome(flip, bench.proved(&copy, &[on]))
            },
            |outcome| -> Result<(), MutateError> {
                bar.step(&outcome);
                Ok(ledger.record(outcome)?)
            },
        )?;
    }
    Ok(ledger)
}

fn id(flip: &Flip) -> String {
    format!("flip {}", flip.id)
}

fn outcome(flip: &Flip, verdict: Verdict) -> Outcome {
    let verdict = match (verdict, &flip.equivalent) {
        (Verdict::Missed { .. }, Some(reason)) => Verdict::Equivalent {
            reason: reason.clone(),
        },
        (verdict, _) => verdict,
    };
    Outcome {
        id: id(flip),
        kind: Kind::Generator,
        operator: flip.part(),
        place: flip.file.display().to_string(),
        verdict,
    }
}

fn caught(proof: &str, rule: &str, at: &str) -> Verdict {
    Verdict::Caught {
        proof: proof.to_owned(),
        rule: rule.to_owned(),
        at: at.to_owned(),
        on_place: false,
    }
}

/// The first finding of the first proof that has one.
fn first(judged: Vec<(Proof, Problems)>) -> Option<Verdict> {
    judged.into_iter().find_map(|(proof, problems)| {
        let problem = problems.iter().next()?;
        Some(caught(
            &proof.to_string(),
            problem.rule.id(),
            &problem.place.to_string(),
        ))
    })
}

/// What one wrong rule is judged with.
struct Flipping<'a> {
    root: &'a Path,
    document: &'a Document,
    evidence: &'a Evidence,
}

impl Flipping<'_> {
    /// Generates with a wrong rule, then asks the proofs, the cheapest first.
    fn generated(
        &self,
        generator: &Generator,
        usual: &BTreeMap<PathBuf, String>,
        number: usize,
    ) -> Result<Verdict, MutateError> {
        let files = match generator.make(number)? {
            Made::Files(files) => files,
            Made::Refused(reason) => return Ok(caught("generate", "generator-fault", &reason)),
        };
        if let Some(rule) = generator.losses(number)?.first() {
            return Ok(caught(
                &Proof::Artefacts.to_string(),
                rule,
                crate::check::LOWERING,
            ));
        }
        if files == *usual {
            let reason = "nothing that is generated from this document is different";
            return Ok(Verdict::Equivalent {
                reason: reason.to_owned(),
            });
        }
        let texts = files
            .iter()
            .map(|(path, text)| (path.as_path(), text.as_str()));
        let evidence = Evidence {
            sdk: Sources::among(texts),
            ..self.evidence.clone()
        };
        if let Some(verdict) = first(judge(self.document, &evidence)) {
            return Ok(verdict);
        }
        let others: BTreeMap<PathBuf, Vec<u8>> = files
            .into_iter()
            .map(|(path, text)| (path, text.into_bytes()))
            .collect();
        let bench = Bench::lay_out_with(self.root, COPY, &others, &[])?;
        match Copy::built(&bench) {
            Ok(copy) => Ok(self.proved(&copy, &[])),
            Err(BenchError::Compile { errors }) => {
                let error = errors.first().map_or("", String::as_str);
                Ok(caught("compile", "compile", &first_line(error)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A copy in which every wrong rule of the runtime can be turned on.
    fn runtime(&self, flips: &[Flip]) -> Result<Copy, BenchError> {
        let mut all = patches(flips);
        all.push(Patch {
            file: "server/src/lib.rs".into(),
            find: "pub mod authority;".to_owned(),
            replace: switch() + "pub mod authority;",
        });
        Copy::built(&Bench::lay_out(self.root, "runtime", &all)?)
    }

    /// A copy with no wrong rule must please every proof, or a catch says nothing.
    fn in_order(&self, copy: &Copy) -> Result<(), MutateError> {
        let unchanged = self.proved(copy, &[]);
        if matches!(unchanged, Verdict::Missed { .. }) {
            return Ok(());
        }
        let note = format!("the unchanged copy is not in order: {unchanged:?}");
        Err(MutateError::Unavailable(note))
    }

    /// Asks every proof about a built copy, the cheapest first.
    fn proved(&self, copy: &Copy, environment: &[(OsString, OsString)]) -> Verdict {
        let Ok(emitted) = bench::emitted(&copy.executable, &copy.tree, environment) else {
            let at = "the server does not say what it emits";
            return caught(&Proof::ServerSays.to_string(), "emitted-unavailable", at);
        };
        let evidence = Evidence {
            emitted,
            ..self.evidence.clone()
        };
        if let Some(verdict) = first(judge(self.document, &evidence)) {
            return verdict;
        }
        let with = With {
            environment: environment.to_vec(),
            ..With::default()
        };
        for started in Started::ALL {
            let ran = started::run(
                &copy.executable,
                &copy.tree,
                self.document,
                &[started],
                &with,
            );
            let found = ran.into_iter().map(|ran| (proof(started), ran.problems));
            if let Some(verdict) = first(found.collect()) {
                return verdict;
            }
        }
        Verdict::Missed {
            note: "no proof noticed".to_owned(),
        }
    }
}

/// A built copy.
struct Copy {
    executable: PathBuf,
    tree: PathBuf,
}

impl Copy {
    fn built(bench: &Bench) -> Result<Self, BenchError> {
        Ok(Self {
            executable: bench.build()?,
            tree: bench.tree().to_path_buf(),
        })
    }
}

const fn proof(started: Started) -> Proof {
    match started {
        Started::Closed => Proof::ClosedWorld,
        Started::Live => Proof::Live,
        Started::Sdk => Proof::Sdk,
        Started::Served => Proof::Served,
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
