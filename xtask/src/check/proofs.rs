//! The part of each proof that starts nothing: from the tree to what is found in it.
//!
//! Which proofs there are, in which order and what starts beside them is `check`'s table.

use super::proof::{Finding, Outcome, Proof};
use super::tree::Tree;
use super::{LOWERING, alive, judge};
use crate::artefact::Artefact;
use crate::compatible::baseline::{self, Baseline};
use crate::compatible::{self, Class};
use crate::fresh;
use crate::problem::{Problems, Verdict};
use crate::prove::accepted::Accepted;
use crate::prove::{closed, emitted, invariants, layers, sdk};

/// Proof 1: what reading, merging and linting found.
pub(super) fn document(tree: &Tree<'_>) -> Outcome {
    let (operations, schemas) = tree.size();
    let extent = format!("{operations} operations, {schemas} schemas");
    let problems = tree.reading().problems.clone();
    Outcome::Ran(vec![Finding::new("the document", extent, problems)])
}

/// Proof 2: each generated file as it is in the tree, and the losses of the SDK.
pub(super) fn artefacts(tree: &Tree<'_>) -> Outcome {
    let Some((plan, unsupported)) = tree.plan() else {
        // What the files say about themselves can be held against them without the document.
        let findings: Vec<Finding> = fresh::edited(tree.project)
            .into_iter()
            .map(|problem| Finding::new(problem.place.file.display().to_string(), "", problem))
            .collect();
        return if findings.is_empty() {
            blocked()
        } else {
            Outcome::Ran(findings)
        };
    };
    let mut findings = Vec::new();
    if !unsupported.is_empty() {
        findings.push(Finding::new("the generators", "", unsupported.clone()));
    }
    for artefact in &plan.artefacts {
        let problems =
            fresh::difference(tree.project, artefact).map_or_else(Problems::new, Into::into);
        findings.push(Finding::new(
            artefact.path.display().to_string(),
            "",
            problems,
        ));
    }
    // Without all files it is not known which are left over.
    if unsupported.is_empty() {
        for orphan in fresh::orphans(tree.project, &plan.artefacts) {
            let subject = orphan.place.file.display().to_string();
            findings.push(Finding::new(subject, "", orphan));
        }
    }
    let problems = match Accepted::read(tree.project, LOWERING) {
        Ok(mut accepted) => judge::losses(&plan.document, &plan.lossy, &mut accepted),
        Err(problems) => problems,
    };
    let extent = format!("{} accepted", plan.lossy.len());
    findings.push(Finding::new("the SDK's losses", extent, problems));
    Outcome::Ran(findings)
}

/// Proof 3: what the server emits, against the document.
pub(super) fn server_says(tree: &Tree<'_>) -> Outcome {
    if !tree.scope.server {
        return Outcome::LeftOut("--without-server".to_owned());
    }
    let read = Accepted::read(tree.project, emitted::ACCEPTED);
    let count = read.as_ref().map_or(0, Accepted::len);
    let mut problems = Problems::new();
    match (tree.emitted(), read) {
        (Ok(emitted), Ok(mut accepted)) if tree.reading().complete => {
            let document = &tree.reading().document;
            problems.extend(tree.besides(emitted::compare(document, emitted, &mut accepted)));
        }
        (Err(_), _) if tree.is_stale() => return not_generated(),
        (asked, read) => {
            problems.extend(asked.err().cloned());
            problems.extend(read.err().into_iter().flatten());
            if problems.is_empty() {
                return blocked();
            }
        }
    }
    let extent = format!("{count} differences accepted");
    Outcome::Ran(vec![Finding::new(
        "what the server emits",
        extent,
        problems,
    )])
}

/// Proof 0: the canaries.
pub(super) fn alive(tree: &Tree<'_>) -> Outcome {
    if !tree.scope.server {
        return Outcome::LeftOut("--without-server".to_owned());
    }
    if !tree.reading().complete {
        return blocked();
    }
    let (extent, problems) = match tree.evidence() {
        Ok(evidence) => alive::prove(tree.project, tree.reading(), &evidence),
        // What is missing is told by the proofs that miss it.
        Err(_) => return Outcome::LeftOut("something to compare with is missing".to_owned()),
    };
    Outcome::Ran(vec![Finding::new("the check itself", extent, problems)])
}

/// Proof 4: what the server mounts, against the document.
pub(super) fn closed_world(tree: &Tree<'_>) -> Outcome {
    if !tree.scope.server {
        return Outcome::LeftOut("--without-server".to_owned());
    }
    if !tree.reading().complete {
        return blocked();
    }
    let (extent, problems) = match (tree.mounted(), closed::allowed(tree.project)) {
        (Ok(mounted), Ok(allowed)) => {
            let (extent, problems) = closed::prove(&tree.reading().document, mounted, &allowed);
            (extent, tree.besides(problems))
        }
        (Err(_), _) if tree.is_stale() => return not_generated(),
        (asked, read) => {
            let mut problems = Problems::new();
            problems.extend(asked.err().cloned());
            problems.extend(read.err().into_iter().flatten());
            (String::new(), problems)
        }
    };
    Outcome::Ran(vec![Finding::new("what is mounted", extent, problems)])
}

/// Proof 6: the text of the SDK, against the document.
pub(super) fn sdk(tree: &Tree<'_>) -> Outcome {
    if !tree.reading().complete {
        return blocked();
    }
    // That it is missing is for proof 2 to say.
    if !tree.project.join(sdk::FOLDER).exists() {
        return Outcome::LeftOut("the SDK has to be generated first".to_owned());
    }
    let document = &tree.reading().document;
    let (operations, mut problems) = sdk::prove(tree.project, document);
    let generated = tree.plan().map(|(plan, _)| {
        let own = |artefact: &&Artefact| artefact.path.starts_with(sdk::FOLDER);
        let mut artefacts = plan.artefacts.iter().filter(own);
        artefacts.all(|artefact| fresh::difference(tree.project, artefact).is_none())
    });
    for problem in &mut problems {
        match (generated, problem.verdict) {
            // Generating again repairs files that are not what is generated, and no others.
            (Some(true), Verdict::Stale) => problem.not_repaired_by_generating(),
            (Some(false), Verdict::NotProven) if problem.place.file.starts_with(sdk::FOLDER) => {
                problem.repaired_by_generating();
            }
            _ => {}
        }
    }
    let extent = format!("{operations} operations");
    let problems = tree.besides(problems);
    Outcome::Ran(vec![Finding::new("the SDK's operations", extent, problems)])
}

/// Proof 9: the imports of each crate, against the table of layers.
pub(super) fn layers(tree: &Tree<'_>) -> Outcome {
    let (files, problems) = layers::prove(tree.project, &tree.dialects());
    let extent = format!("{files} files");
    Outcome::Ran(vec![Finding::new("imports", extent, problems)])
}

/// Proof 7: the document, against an earlier one.
pub(super) fn compatible(tree: &Tree<'_>) -> Outcome {
    let released = || baseline::last_released(tree.project);
    let Some(against) = &tree.scope.against.clone().or_else(released) else {
        return Outcome::LeftOut("nothing is released yet; --against REV|FILE".to_owned());
    };
    let subject = "the document for its callers";
    let baseline = match Baseline::read(tree.project, against) {
        Ok(baseline) => baseline,
        Err(problem) => return Outcome::Ran(vec![Finding::new(subject, "", *problem)]),
    };
    if !tree.reading().complete {
        return blocked();
    }
    let (extent, changes, problems) = compatible::prove(&baseline, &tree.reading().document);
    // A break that the version announces is one that the SDK of then may stumble over.
    let breaks = changes
        .iter()
        .any(|reported| reported.change.class == Class::Breaking);
    let mut findings = vec![Finding::new(subject, extent, problems).with_changes(changes)];
    if let (true, Some(revision)) = (tree.scope.full, &baseline.revision) {
        let (extent, problems) = if breaks {
            let extent = "not run: callers of then have to change".to_owned();
            (extent, Problems::new())
        } else {
            compatible::released::prove(tree.project, revision, against)
        };
        let subject = format!("the SDK of {against}");
        findings.push(Finding::new(subject, extent, problems));
    }
    Outcome::Ran(findings)
}

/// Proof 10: the enforcers that the invariants name.
pub(super) fn invariants(tree: &Tree<'_>) -> Outcome {
    let proofs = Proof::ALL.map(Proof::name);
    let (count, problems) = invariants::prove(tree.project, &proofs);
    let extent = format!("{count} invariants");
    Outcome::Ran(vec![Finding::new(invariants::FILE, extent, problems)])
}

/// A proof that cannot say anything while the document is wrong.
pub(super) fn blocked() -> Outcome {
    Outcome::LeftOut("the document has to be right first".to_owned())
}

/// A proof whose program does not compile with what is generated now.
pub(super) fn not_generated() -> Outcome {
    Outcome::LeftOut("what is stale has to be generated first".to_owned())
}
