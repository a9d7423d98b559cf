//! The generated SDK as it is in the tree: its facts, and what of it nobody can read.
//!
//! Nothing here knows the document, so that one reading serves thousands of documents.

mod calls;
mod described;
mod forms;
mod frame;
mod kinds;
mod members;
mod parts;
mod sent;
mod shapes;
mod tables;
mod types;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use quote::ToTokens as _;
use syn::Item;

use super::facts::{At, Facts, Said};
use super::pattern::Bound;
use super::tokens::{self, Spot, Tok};
use forms::{CallForm, Known, PartForm, TableForm, TypeForm};
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

    fn fact(&mut self, key: impl Into<String>, value: String, at: &At) {
        let (key, at) = (key.into(), at.clone());
        let said = Said { value, at };
        if let Some(before) = self.facts.insert(key, said) {
            self.wrong(before.at, "the SDK says this twice");
        }
    }
}

/// One item that has a form of some sort.
struct Read<F> {
    form: F,
    bound: Bound,
    file: Arc<str>,
    /// The modules it stands in, below that of all generated code.
    modules: Vec<String>,
}

impl<F> Read<F> {
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

/// All items that have a form.
#[derive(Default)]
struct Items {
    types: Vec<Read<TypeForm>>,
    calls: Vec<Read<CallForm>>,
    tables: Vec<Read<TableForm>>,
    parts: Vec<Read<PartForm>>,
}

/// Reads the files of an SDK; the first of them puts the others together.
pub(super) fn read(files: &BTreeMap<String, String>, root: &str) -> Found {
    let mut found = Found::default();
    let mut items = Items::default();
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
    parts::judge(&items, files, root, &mut found);
    types::judge(&items.types, &mut found);
    calls::judge(&items.calls, &mut found);
    tables::judge(&items.tables, &mut found);
    found
}

/// One file that is being read.
struct Reading<'a> {
    file: Arc<str>,
    frame: Frame,
    items: &'a mut Items,
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
            let Item::Mod(mut module) = item else {
                self.item(modules, &tokens::read(item.to_token_stream()));
                continue;
            };
            let content = module.content.as_mut();
            let inner = content.map(|(_, items)| std::mem::take(items));
            self.item(modules, &tokens::read(module.to_token_stream()));
            modules.push(module.ident.to_string());
            self.inside(modules, inner.unwrap_or_default());
            modules.pop();
        }
    }

    fn known<F>(&self, form: F, bound: Bound, modules: &[String]) -> Read<F> {
        Read {
            form,
            bound,
            file: Arc::clone(&self.file),
            modules: modules.to_vec(),
        }
    }

    fn item(&mut self, modules: &[String], toks: &[Tok]) {
        if self.frame.has(modules, toks) {
            return;
        }
        match forms::read(toks) {
            Ok(Known::Type(form, bound)) => {
                let read = self.known(form, bound, modules);
                self.items.types.push(read);
            }
            Ok(Known::Call(form, bound)) => {
                let read = self.known(form, bound, modules);
                self.items.calls.push(read);
            }
            Ok(Known::Table(form, bound)) => {
                let read = self.known(form, bound, modules);
                self.items.tables.push(read);
            }
            Ok(Known::Part(form, bound)) => {
                let read = self.known(form, bound, modules);
                self.items.parts.push(read);
            }
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
