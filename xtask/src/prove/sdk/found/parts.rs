//! How the files of the generated SDK are put together.

use std::collections::BTreeMap;

use super::super::facts::At;
use super::super::tokens::Spot;
use super::forms::PartForm;
use super::{Found, Items};

/// Whether each file is part of the SDK, once, and everything it has is handed on.
pub(super) fn judge(
    items: &Items,
    files: &BTreeMap<String, String>,
    root: &str,
    found: &mut Found,
) {
    let names: Vec<String> = files
        .keys()
        .filter(|file| *file != root)
        .map(|file| stem(file))
        .collect();
    let builds = |name: &&String| {
        let own = |file: &str, modules: &[String]| {
            stem(file) == **name && modules == ["types", "builder"]
        };
        items
            .types
            .iter()
            .any(|read| own(&read.file, &read.modules))
    };
    let building: Vec<String> = names.iter().filter(builds).cloned().collect();
    for (form, modules, wanted) in [
        (PartForm::File, &[][..], &names),
        (PartForm::Types, &["types"][..], &names),
        (PartForm::Builders, &["types", "builder"][..], &building),
        (PartForm::Calls, &["builder"][..], &names),
        (PartForm::Tables, &["operations"][..], &names),
    ] {
        let own = items.parts.iter().filter(|read| read.form == form);
        let mut open: Vec<&String> = wanted.iter().collect();
        for read in own.clone() {
            let known = open.iter().position(|name| **name == read.name());
            let known = known.filter(|_| &*read.file == root && read.modules == modules);
            if let Some(known) = known {
                open.remove(known);
            } else {
                let message = format!("`{}` is handed on from nowhere, or twice", read.name());
                found.wrong(read.at("name"), message);
            }
        }
        for name in open {
            // They are in the order of their names.
            let before = own.clone().rfind(|read| read.name() < *name);
            let near = before.or_else(|| own.clone().next());
            let at = near.map_or_else(|| start(root), |read| read.at("name"));
            let modules = modules.join("::");
            let message = format!("the SDK does not hand on `{name}` in `{modules}`");
            found.wrong(at, message);
        }
    }
}

/// The module that a file is.
fn stem(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or_default();
    name.trim_end_matches(".rs").to_owned()
}

fn start(root: &str) -> At {
    At {
        file: root.into(),
        spot: Spot { line: 1, column: 1 },
    }
}
