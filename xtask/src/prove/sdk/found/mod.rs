//! The generated SDK as it is in the tree: its facts, and what of it nobody can read.
//!
//! Nothing here knows the document, so that one reading serves thousands of documents.

mod calls;
mod forms;
mod frame;
mod kinds;
mod members;
mod tables;
mod types;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use quote::ToTokens as _;
use syn::Item;

use super::facts::{At, Facts};
use super::pattern::Bound;
use super::tokens::{self, Spot, Tok};
use forms::Form;
use frame::{Frame, Role};
pub(super) use tables::{LISTED, constructor};
pub(super) use types::Type;
pub(super) use values::plain;

/// What is said of a text that is not Rust at all.
const NOT_RUST: &str = "the file is not Rust";

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What is said about operations and tables.
    pub facts: Facts,
    /// The types by their names.
    pub types: BTreeMap<String, Type>,
    /// Where the SDK contradicts itself, or lacks what every SDK has.
    pub wrong: Vec<(At, String)>,
    /// What has a form that nobody here knows.
    pub unread: Vec<(At, String)>,
}

impl Found {
    fn wrong(&mut self, at: At, message: impl Into<String>) {
        self.wrong.push((at, message.into()));
    }

    fn fact(&mut self, key: String, value: String, at: &At) {
        let said = super::facts::Said {
            value,
            at: at.clone(),
        };
        if self.facts.insert(key.clone(), said).is_some() {
            self.wrong(at.clone(), format!("the SDK says twice what `{key}` is"));
        }
    }
}

/// One item that has a form.
struct Read {
    form: Form,
    bound: Bound,
    file: Arc<str>,
    /// The modules it stands in, below that of all generated code.
    modules: Vec<String>,
}

impl Read {
    fn at(&self, hole: &str) -> At {
        self.place(self.bound.spot(hole))
    }

    fn place(&self, spot: Spot) -> At {
        At {
            file: Arc::clone(&self.file),
            spot,
        }
    }

    fn name(&self) -> String {
        self.bound.text("name")
    }

    fn is_in(&self, module: &str) -> bool {
        self.modules.iter().any(|own| own == module)
    }
}

/// Reads the files of an SDK; the first of them puts the others together.
pub(super) fn read(files: &BTreeMap<String, String>, root: &str) -> Found {
    let mut found = Found::default();
    let mut items = Vec::new();
    for (file, text) in files {
        let role = if file == root { Role::Root } else { Role::Part };
        let mut reading = Reading {
            file: file.as_str().into(),
            frame: Frame::of(role),
            items: &mut items,
            found: &mut found,
        };
        reading.read(text);
    }
    parts(&items, files, root, &mut found);
    types::judge(&items, &mut found);
    calls::judge(&items, &mut found);
    tables::judge(&items, &mut found);
    found
}

/// Whether each file is part of the SDK, once, and everything it has is handed on.
fn parts(items: &[Read], files: &BTreeMap<String, String>, root: &str, found: &mut Found) {
    let at = At {
        file: root.into(),
        spot: Spot { line: 1, column: 1 },
    };
    let stem = |file: &str| {
        file.rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".rs")
            .to_owned()
    };
    let names: Vec<String> = files
        .keys()
        .filter(|file| *file != root)
        .map(|file| stem(file))
        .collect();
    let building: Vec<String> = names
        .iter()
        .filter(|name| {
            items
                .iter()
                .any(|read| stem(&read.file) == **name && read.modules == ["types", "builder"])
        })
        .cloned()
        .collect();
    for (form, modules, wanted) in [
        (Form::Part, &[][..], &names),
        (Form::PartTypes, &["types"][..], &names),
        (Form::PartBuilders, &["types", "builder"][..], &building),
        (Form::PartCalls, &["builder"][..], &names),
        (Form::PartTables, &["operations"][..], &names),
    ] {
        let mut open: Vec<&String> = wanted.iter().collect();
        for read in items.iter().filter(|read| read.form == form) {
            let own = open.iter().position(|name| **name == read.name());
            match own.filter(|_| &*read.file == root && read.modules == modules) {
                Some(own) => drop(open.remove(own)),
                None => {
                    let message = format!("`{}` is handed on from nowhere, or twice", read.name());
                    found.wrong(read.at("name"), message);
                }
            }
        }
        for name in open {
            let own = items.iter().filter(|read| read.form == form);
            // They are in the order of their names.
            let before = own.clone().filter(|read| read.name() < *name).last();
            let at = before
                .or(own.clone().next())
                .map_or(at.clone(), |read| read.at("name"));
            let modules = modules.join("::");
            found.wrong(
                at,
                format!("the SDK does not hand on `{name}` in `{modules}`"),
            );
        }
    }
}

/// One file that is being read.
struct Reading<'a> {
    file: Arc<str>,
    frame: Frame,
    items: &'a mut Vec<Read>,
    found: &'a mut Found,
}

impl Reading<'_> {
    fn at(&self, spot: Spot) -> At {
        let file = Arc::clone(&self.file);
        At { file, spot }
    }

    fn read(&mut self, text: &str) {
        match syn::parse_file(text) {
            Ok(parsed) => {
                for attribute in &parsed.attrs {
                    let toks = tokens::read(attribute.to_token_stream());
                    if !toks.is_empty() {
                        self.item(&[], &toks);
                    }
                }
                self.inside(&mut Vec::new(), parsed.items);
                let missing: Vec<String> = self.frame.missing().collect();
                for missing in missing {
                    let at = self.at(Spot { line: 1, column: 1 });
                    self.found.wrong(at, format!("the file has no `{missing}`"));
                }
            }
            Err(error) => {
                let at = self.at(Spot::of(error.span()));
                self.found.wrong(at, format!("{NOT_RUST}: {error}"));
            }
        }
        // Spans were turned into lines; without this, each text that was ever read would be kept.
        proc_macro2::extra::invalidate_current_thread_spans();
    }

    fn inside(&mut self, modules: &mut Vec<String>, items: Vec<Item>) {
        for item in items {
            match item {
                Item::Mod(mut module) if module.content.is_some() => {
                    let empty = (syn::token::Brace::default(), Vec::new());
                    let inner = module.content.replace(empty);
                    self.item(modules, &tokens::read(module.to_token_stream()));
                    modules.push(module.ident.to_string());
                    self.inside(modules, inner.map_or_else(Vec::new, |(_, items)| items));
                    modules.pop();
                }
                other => self.item(modules, &tokens::read(other.to_token_stream())),
            }
        }
    }

    fn item(&mut self, modules: &[String], toks: &[Tok]) {
        if self.frame.has(modules, toks) {
            return;
        }
        match forms::read(toks) {
            Ok((form, bound)) => self.items.push(Read {
                form,
                bound,
                file: Arc::clone(&self.file),
                modules: modules.to_vec(),
            }),
            Err(miss) => {
                let frame = self.frame.miss(modules, toks);
                let miss = frame.filter(|own| own.tokens > miss.tokens).unwrap_or(miss);
                let text: String = tokens::joined(toks).chars().take(80).collect();
                let at = self.at(miss.spot);
                self.found.unread.push((at, text));
            }
        }
    }
}
