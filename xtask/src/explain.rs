//! `cargo xtask explain`: why a rule exists, what repairs a breach, and a breach to look at.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::compatible::ChangeRule;
use crate::exit::Exit;
use crate::lint::{self, dispositions, dispositions::KINDS};
use crate::rule::Rule;

/// Each fixture breaks the rule it is named by, and nothing else.
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/lint");
/// How the faulty line of a fixture ends.
const FAULT: &str = " # fault: ";
/// What is asked for instead of a rule.
const KEYWORDS: &str = "keywords";
/// So many lines before and after it are shown.
const AROUND: usize = 3;

/// Explains a rule, or lists all of them.
///
/// # Errors
/// Only what the writer says.
pub fn explain(rule: Option<&str>, out: &mut dyn Write) -> io::Result<Exit> {
    let Some(id) = rule else {
        for rule in Rule::ALL {
            writeln!(out, "{:26} {}", rule.id(), rule.explain())?;
        }
        for rule in ChangeRule::ALL {
            let class = rule.class().word();
            writeln!(out, "{:38} {class}: {}", rule.id(), rule.explain())?;
        }
        return Ok(Exit::Fresh);
    };
    if let Some(rule) = ChangeRule::from_id(id) {
        let class = rule.class().word();
        writeln!(
            out,
            "{rule} ({class})\n    {}\n    instead: {}",
            rule.explain(),
            rule.remedy()
        )?;
        return Ok(Exit::Fresh);
    }
    if id == KEYWORDS {
        return keywords(out);
    }
    let Some(rule) = Rule::from_id(id) else {
        writeln!(
            out,
            "no rule is called {id}; `cargo xtask explain` lists them"
        )?;
        return Ok(Exit::Wrong);
    };
    writeln!(
        out,
        "{rule}\n    {}\n    fix: {}",
        rule.explain(),
        rule.remedy()
    )?;
    if let Some(breach) = breach(rule) {
        write!(out, "\na breach:\n{breach}")?;
    }
    Ok(Exit::Fresh)
}

/// The table of dispositions: what acts upon each keyword, and what is refused.
fn keywords(out: &mut dyn Write) -> io::Result<Exit> {
    for kind in KINDS {
        writeln!(out, "{}", lint::name(kind))?;
        let rows = dispositions::keywords(kind);
        for row in rows {
            let words: Vec<String> = row.dispositions.iter().map(|one| one.words()).collect();
            writeln!(out, "    {:22} {}", row.name, words.join(", "))?;
        }
        let official = lint::official(kind).map_err(io::Error::other)?;
        let refused: Vec<String> = official
            .into_iter()
            .filter(|name| rows.iter().all(|row| row.name != name))
            .collect();
        if !refused.is_empty() {
            let rule = Rule::UnhandledKeyword;
            writeln!(out, "    refused: {rule}      {}", refused.join(" "))?;
        }
    }
    Ok(Exit::Fresh)
}

/// The part of the rule's fixture that is at fault, the faulty line marked.
fn breach(rule: Rule) -> Option<String> {
    let folder = Path::new(FIXTURES);
    let plain = folder.join(format!("{rule}.yaml"));
    let beside = plain.with_extension("second.yaml");
    // Of two fragments the second has the line at fault.
    [beside, plain]
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .find_map(|text| excerpt(&text))
}

fn excerpt(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.contains(FAULT))?;
    let mut shown = String::new();
    for (index, line) in lines.iter().enumerate().skip(at.saturating_sub(AROUND)) {
        if index > at + AROUND {
            break;
        }
        let mark = if index == at { '>' } else { ' ' };
        let line = line.split(FAULT).next().unwrap_or_default();
        let _ = writeln!(shown, "  {mark} {line}");
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Stage;

    #[test]
    fn every_rule_of_the_document_shows_a_breach() {
        for rule in Rule::ALL {
            // The one file that is not there cannot be shown.
            if rule.stage() == Stage::Document && *rule != Rule::UnreadableFile {
                let breach = breach(*rule).unwrap_or_default();
                assert_eq!(breach.matches("  > ").count(), 1, "{rule}: {breach}");
            }
        }
    }
}
