//! Which generated types lead to which others, which of them a caller makes, and what the rest can do without.

use std::collections::{BTreeMap, BTreeSet};

use syn::{ImplItem, Item, ItemImpl};

use super::parts::{Parts, type_name, words};

/// The types of a client by name.
#[derive(Debug)]
pub(super) struct Types {
    leads: BTreeMap<String, BTreeSet<String>>,
}

impl Types {
    /// Reads the items of the module `types`.
    pub fn read(items: &[Item]) -> Self {
        let mut leads = BTreeMap::new();
        for item in items {
            match item {
                Item::Struct(one) => leads.insert(one.ident.to_string(), words(&one.fields)),
                Item::Enum(one) => leads.insert(one.ident.to_string(), words(&one.variants)),
                Item::Type(one) => leads.insert(one.ident.to_string(), words(&one.ty)),
                _ => None,
            };
        }
        let names: BTreeSet<String> = leads.keys().cloned().collect();
        let known = |words: Vec<String>| words.into_iter().filter(|word| names.contains(word));
        let leads = leads
            .into_iter()
            .map(|(name, words)| (name, known(words).collect()));
        Self {
            leads: leads.collect(),
        }
    }

    /// The type that an item of `types` is, or is about.
    pub fn about(&self, item: &Item) -> Option<String> {
        let own = match item {
            Item::Struct(one) => Some(one.ident.to_string()),
            Item::Enum(one) => Some(one.ident.to_string()),
            Item::Type(one) => Some(one.ident.to_string()),
            Item::Impl(block) => return self.of_impl(block),
            _ => None,
        };
        own.filter(|name| self.leads.contains_key(name))
    }

    fn of_impl(&self, block: &ItemImpl) -> Option<String> {
        let own = type_name(&block.self_ty).map(|name| name.to_string());
        let known = |name: &String| self.leads.contains_key(name);
        own.filter(known).or_else(|| {
            // What `impl From<Type> for i32` is about stands in the trait.
            let (_, path, _) = block.trait_.as_ref()?;
            words(path).into_iter().find(known)
        })
    }

    /// All types that what is written with `words` leads to.
    pub fn reached(&self, words: Vec<String>) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut open = words;
        while let Some(name) = open.pop() {
            if let Some(next) = self.leads.get(&name)
                && reached.insert(name)
            {
                open.extend(next.iter().cloned());
            }
        }
        reached
    }

    /// The types that callers make: those that the parameters and the bodies of operations lead to.
    fn given(&self, builders: &[Item]) -> BTreeSet<String> {
        let fields = builders.iter().filter_map(|item| match item {
            Item::Struct(builder) => Some(words(&builder.fields)),
            _ => None,
        });
        self.reached(fields.flatten().collect())
    }
}

/// Leaves out what nobody needs: builders of types that only the server makes, and the ways of making one by hand.
pub(super) fn slim(parts: &mut Parts, types: &Types) {
    let given = types.given(&parts.builders);
    let is_given = |item: &Item| types.about(item).is_some_and(|name| given.contains(&name));
    parts.type_builders.retain(is_given);
    let readers = readers(&parts.types);
    parts.types.retain(|item| {
        let Item::Impl(block) = item else {
            return true;
        };
        let way = words_of_trait(block);
        if is_given(item) {
            // Of what is borrowed only a plain text is taken; anything else the caller can clone.
            return !takes_reference(block) || way.last().is_some_and(|from| from == "str");
        }
        let name = type_name(&block.self_ty).map(|name| name.to_string());
        let read = name.and_then(|name| readers.get(&name));
        match way.first().map(String::as_str) {
            Some("Deref" | "Display" | "Deserialize" | "Default") => true,
            // What reads itself from an answer by one of its own conversions keeps that one.
            Some("FromStr") => read.is_some_and(|words| words.contains("parse")),
            Some("TryFrom") => {
                let text = ["str", "String"].map(str::to_owned);
                read.is_some_and(|words| words.contains("try_from"))
                    && way.last().is_none_or(|from| !text.contains(from))
            }
            _ => false,
        }
    });
}

/// The words with which a type reads itself, for those that do not derive it.
fn readers(types: &[Item]) -> BTreeMap<String, BTreeSet<String>> {
    let blocks = types.iter().filter_map(|item| match item {
        Item::Impl(block) => Some(block),
        _ => None,
    });
    blocks
        .filter(|block| {
            words_of_trait(block)
                .first()
                .is_some_and(|name| name == "Deserialize")
        })
        .filter_map(|block| {
            let name = type_name(&block.self_ty)?.to_string();
            let words = block.items.iter().flat_map(|item| match item {
                ImplItem::Fn(function) => words(&function.block),
                _ => Vec::new(),
            });
            Some((name, words.collect()))
        })
        .collect()
}

/// The name of the trait, and the last word of what it is about: `TryFrom` and `String`.
fn words_of_trait(block: &ItemImpl) -> Vec<String> {
    let last = block
        .trait_
        .as_ref()
        .and_then(|(_, path, _)| path.segments.last());
    last.map_or_else(Vec::new, |last| {
        let name = last.ident.to_string();
        let about = words(&last.arguments).pop();
        [Some(name), about].into_iter().flatten().collect()
    })
}

fn takes_reference(block: &ItemImpl) -> bool {
    let last = block
        .trait_
        .as_ref()
        .and_then(|(_, path, _)| path.segments.last());
    let Some(syn::PathArguments::AngleBracketed(arguments)) = last.map(|last| &last.arguments)
    else {
        return false;
    };
    let first = arguments.args.first();
    matches!(
        first,
        Some(syn::GenericArgument::Type(syn::Type::Reference(_)))
    )
}
