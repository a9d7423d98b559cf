//! Mutants of the generator: one wrong rule each, everything generated again, so that no two files disagree.
//!
//! Only a proof that reads the document by itself can notice: comparing what is generated with what the
//! same generator makes would find nothing.

mod flipped;
mod flips;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use flipped::{Generator, Made, SWITCH, patches, switch};
use flips::{Flip, RUNTIME, SDK, SERVER};

use super::bench::{Bench, BenchError, Proofs, io_error};
use super::ledger::Ledger;
use super::outcome::{Kind, Outcome, Verdict};
use super::{Bar, Context, MutateError, parallel, pick};
use crate::artefact::digest;
use crate::check::judge::{Evidence, judge};
use crate::check::{Scope, Tree};
use crate::document::Document;
use crate::problem::Problems;

/// The proofs that start something, the one that sees most first.
const STARTED: [&str; 4] = ["live", "sdk", "closed", "served"];

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
    let wrong: Problems = judged(&tree.reading().document, &evidence)
        .into_iter()
        .flat_map(|(_, problems)| problems)
        .fold(Problems::new(), |mut all, problem| {
            all.push(problem);
            all
        });
    if !wrong.is_empty() {
        return Err(MutateError::NotInOrder(wrong));
    }
    let mut ledger = context.ledger(Kind::Generator, &inputs(context.root)?)?;
    let bench = Flipping {
        root: context.root,
        document: &tree.reading().document,
        evidence: &evidence,
    };
    let options = context.options;
    let wanted = |flips: &'static [Flip], first: usize| {
        let numbered: Vec<(usize, &Flip)> = (first..).zip(flips).collect();
        let chosen = pick(
            numbered,
            options.sample,
            options.seed,
            |(_, flip)| file_stem(flip),
            |(_, flip)| flip.name.to_owned(),
        );
        chosen
            .into_iter()
            .filter(|(_, flip)| !ledger.knows(&id(flip)))
            .collect::<Vec<_>>()
    };
    let generators: Vec<Flip> = SERVER.iter().chain(SDK).copied().collect();
    let mut made = wanted(SERVER, 1);
    made.extend(wanted(SDK, SERVER.len() + 1));
    let running = wanted(RUNTIME, 1);
    let mut bar = Bar::new(Kind::Generator, made.len() + running.len());
    if !made.is_empty() {
        let generator = Generator::build(context.root, &generators)?;
        let usual = match generator.make(0)? {
            Made::Files(files) => files,
            Made::Refused(reason) => return Err(MutateError::Unavailable(reason)),
        };
        for (number, flip) in made {
            let outcome = outcome(flip, bench.generated(&generator, &usual, number)?);
            bar.step(&outcome);
            ledger.record(outcome)?;
        }
    }
    if !running.is_empty() {
        let proofs = bench.runtime()?;
        let emitted = bench.emitted(&proofs, "0", &[])?;
        if let Some(verdict) = bench.server_says(&emitted) {
            let note = format!("the unchanged copy is not in order: {verdict:?}");
            return Err(MutateError::Unavailable(note));
        }
        parallel(
            &running,
            context.jobs(),
            |(number, flip)| {
                let number = number.to_string();
                let name = format!("runtime-{number}");
                bench
                    .proved(&proofs, &name, &[(SWITCH, &number)])
                    .map(|verdict| outcome(flip, verdict))
            },
            |outcome: Result<Outcome, BenchError>| -> Result<(), MutateError> {
                let outcome = outcome?;
                bar.step(&outcome);
                Ok(ledger.record(outcome)?)
            },
        )?;
    }
    Ok(ledger)
}

/// What the static proofs say, the comparison of losses aside: that is the generator's own.
fn judged(document: &Document, evidence: &Evidence) -> Vec<(String, Problems)> {
    judge(document, evidence)
        .into_iter()
        .map(|(proof, problems)| (proof.to_string(), problems))
        .collect()
}

fn id(flip: &Flip) -> String {
    format!("flip {}", flip.name)
}

/// The part of the generator a flip is in.
fn file_stem(flip: &Flip) -> String {
    let path = Path::new(flip.file);
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let folder = path.parent().and_then(Path::file_name);
    let folder = folder.and_then(|folder| folder.to_str());
    format!(
        "{} {}",
        folder.unwrap_or_default(),
        stem.unwrap_or_default()
    )
}

fn outcome(flip: &Flip, verdict: Verdict) -> Outcome {
    Outcome {
        id: id(flip),
        kind: Kind::Generator,
        operator: file_stem(flip),
        place: flip.file.to_owned(),
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
fn first(judged: Vec<(String, Problems)>) -> Option<Verdict> {
    judged.into_iter().find_map(|(proof, problems)| {
        let problem = problems.iter().next()?;
        Some(caught(
            &proof,
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
            return Ok(caught("2 artefacts", rule, crate::check::LOWERING));
        }
        if files == *usual {
            let reason = "nothing that is generated from this document is different";
            return Ok(Verdict::Equivalent {
                reason: reason.to_owned(),
            });
        }
        let sdk = files.get(Path::new(crate::prove::sdk::FILE));
        let evidence = Evidence {
            sdk: sdk.cloned().unwrap_or_default(),
            ..self.evidence.clone()
        };
        if let Some(verdict) = first(judged(self.document, &evidence)) {
            return Ok(verdict);
        }
        let mut others: BTreeMap<PathBuf, Vec<u8>> = files
            .into_iter()
            .map(|(path, text)| (path, text.into_bytes()))
            .collect();
        self.with_emission(&mut others)?;
        let bench = Bench::lay_out_with(self.root, COPY, &others, &[])?;
        match bench.build() {
            Ok(proofs) => Ok(self.proved(&proofs, &format!("generated-{number}"), &[])?),
            Err(BenchError::Compile { errors }) => {
                let error = errors.first().map_or("", String::as_str);
                Ok(caught("compile", "compile", &first_line(error)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A copy in which every wrong rule of the runtime can be turned on.
    fn runtime(&self) -> Result<Proofs, BenchError> {
        let library = self.root.join("server/src/lib.rs");
        let text = fs::read_to_string(&library).map_err(io_error(&library))?;
        let mut others = BTreeMap::from([(
            PathBuf::from("server/src/lib.rs"),
            (text + &switch()).into_bytes(),
        )]);
        self.with_emission(&mut others)?;
        Bench::lay_out_with(self.root, "runtime", &others, &patches(RUNTIME))?.build()
    }

    /// Lets the copy say what its server emits; in the project that is `tessera openapi`.
    fn with_emission(&self, others: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<(), BenchError> {
        let library = self.root.join("tests/src/lib.rs");
        let mut text = fs::read_to_string(&library).map_err(io_error(&library))?;
        text.push_str(
            "\n#[test]\nfn emitted() {\n    let file = std::env::var_os(\"TESSERA_EMITTED\").expect(\"a place\");\n    \
             std::fs::write(file, tessera_server::cli::emitted_document()).expect(\"written\");\n}\n",
        );
        others.insert("tests/src/lib.rs".into(), text.into_bytes());
        Ok(())
    }

    fn emitted(
        &self,
        proofs: &Proofs,
        name: &str,
        environment: &[(&str, &str)],
    ) -> Result<Option<String>, BenchError> {
        proofs.emitted(&self.folder(name), environment)
    }

    fn folder(&self, name: &str) -> PathBuf {
        super::folder(self.root).join("said").join(name)
    }

    fn server_says(&self, emitted: &Option<String>) -> Option<Verdict> {
        let Some(emitted) = emitted
            .as_ref()
            .and_then(|text| serde_json::from_str(text).ok())
        else {
            return Some(caught("3 server says", "emitted-unavailable", ""));
        };
        let evidence = Evidence {
            emitted,
            ..self.evidence.clone()
        };
        first(judged(self.document, &evidence))
    }

    /// Asks every proof about a built copy.
    fn proved(
        &self,
        proofs: &Proofs,
        name: &str,
        environment: &[(&str, &str)],
    ) -> Result<Verdict, BenchError> {
        let emitted = self.emitted(proofs, name, environment)?;
        if let Some(verdict) = self.server_says(&emitted) {
            return Ok(verdict);
        }
        for proof in STARTED {
            let said = proofs.run(proof, &self.folder(name), environment)?;
            let Some(said) = said else {
                return Ok(caught(proof, "proof-not-run", "it ended without a report"));
            };
            if let Some(finding) = said.findings.first() {
                return Ok(caught(proof, &finding.rule, &finding.pointer));
            }
        }
        Ok(Verdict::Missed {
            note: "no proof noticed".to_owned(),
        })
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// A digest of everything an outcome depends on: all sources and the document.
fn inputs(root: &Path) -> Result<String, BenchError> {
    let mut all = String::new();
    for folder in ["openapi", "xtask/src", "server/src", "client-sdk/src", "tests/src"] {
        let mut files = BTreeMap::new();
        super::bench::sources(root, Path::new(folder), &mut files)?;
        for (path, content) in files {
            all.push_str(&format!("{} {}\n", path.display(), digest(&String::from_utf8_lossy(&content))));
        }
    }
    Ok(digest(&all))
}
