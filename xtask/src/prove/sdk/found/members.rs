//! The members of a generated object, and its builder.

use std::sync::LazyLock;

use super::super::facts::At;
use super::super::pattern::{Bound, Pattern};
use super::super::tokens::{Tok, joined};
use super::forms::TypeForm;
use super::kinds::kind;
use super::values::Defaults;
use super::{Found, Read};

static NUMBER: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::read("defaults::$function::<$kind:type, $value:rest"));

/// One member.
#[derive(Debug)]
pub(super) struct Member {
    /// Its name in Rust.
    pub field: String,
    /// Its name on the wire.
    pub wire: String,
    /// Where it is.
    pub at: At,
    kind: String,
    options: Options,
}

/// What serde is told of a member.
#[derive(Debug, Default)]
struct Options {
    flatten: bool,
    /// What it is where it is absent.
    default: Absent,
    /// When it is not written.
    skip: Option<String>,
    unknown: bool,
}

/// What a member is where it is absent.
#[derive(Debug, Default)]
enum Absent {
    /// It may not be.
    #[default]
    Refused,
    /// What its type is of itself.
    Intrinsic,
    /// What a function makes.
    Made(String),
}

impl Member {
    /// Reads a member of that kind.
    pub fn read(bound: &Bound, kind: String, at: At) -> Self {
        let field = bound.text("field");
        let (mut options, mut wire) = (Options::default(), None);
        let told = bound.part("serde");
        let told = told.map_or(&[][..], |serde| serde.toks("options"));
        for option in told
            .split(|tok| tok.leaf() == Some(","))
            .filter(|one| !one.is_empty())
        {
            let words: Vec<&str> = option.iter().map_while(Tok::leaf).collect();
            let literal = |text: &str| syn::parse_str::<syn::LitStr>(text).map(|text| text.value());
            match words.as_slice() {
                ["flatten"] => options.flatten = true,
                ["default"] => options.default = Absent::Intrinsic,
                ["default", "=", path] => {
                    options.default = literal(path).map_or(Absent::Refused, Absent::Made);
                }
                ["skip_serializing_if", "=", path] => options.skip = literal(path).ok(),
                ["rename", "=", name] if wire.is_none() => wire = literal(name).ok(),
                _ => options.unknown = true,
            }
        }
        Self {
            wire: wire.unwrap_or_else(|| field.clone()),
            field,
            at,
            kind,
            options,
        }
    }

    /// What it is called among the facts.
    pub fn key(&self) -> String {
        if self.options.flatten {
            "other members".to_owned()
        } else {
            format!("member {}", self.wire)
        }
    }

    /// What is said of it.
    pub fn said(&self, defaults: &Defaults, found: &mut Found) -> String {
        let Options {
            flatten,
            default,
            skip,
            unknown,
        } = &self.options;
        let (kind, field) = (&self.kind, &self.field);
        let absent = "may be absent";
        let said = match (default, skip.as_deref()) {
            _ if *unknown => None,
            (Absent::Refused, None) if *flatten => kind.strip_prefix("map of ").map(str::to_owned),
            _ if *flatten => None,
            (Absent::Refused, None) if !kind.starts_with("maybe ") => {
                Some(format!("{field}: {kind}"))
            }
            (Absent::Refused, Some("::std::option::Option::is_none")) => {
                let inner = kind.strip_prefix("maybe ");
                inner.map(|inner| format!("{field}: {inner}, {absent}"))
            }
            (Absent::Intrinsic, Some("::std::vec::Vec::is_empty"))
                if kind.starts_with("list of ") =>
            {
                Some(format!("{field}: {kind}, {absent}"))
            }
            (
                Absent::Intrinsic,
                Some("::std::collections::BTreeMap::is_empty" | "::serde_json::Map::is_empty"),
            ) if kind.starts_with("map of ") => Some(format!("{field}: {kind}, {absent}")),
            (Absent::Intrinsic, None) => {
                intrinsic(kind).map(|made| format!("{field}: {kind}, absent means {made}"))
            }
            (Absent::Made(path), None) => {
                let made = self.made(path, defaults);
                made.map(|made| format!("{field}: {kind}, absent means {made}"))
            }
            _ => None,
        };
        said.unwrap_or_else(|| {
            let message = format!("`{field}` is read and written in a way of its own");
            found.wrong(self.at.clone(), message);
            format!("{field}: {kind}")
        })
    }

    /// The value that a function makes of nothing.
    fn made(&self, path: &str, defaults: &Defaults) -> Option<String> {
        let stream: proc_macro2::TokenStream = path.parse().ok()?;
        let toks = super::super::tokens::read(stream);
        let words: Vec<&str> = toks.iter().map_while(Tok::leaf).collect();
        match words.as_slice() {
            [
                "defaults",
                ":",
                ":",
                "default_bool",
                ":",
                ":",
                "<",
                value,
                ">",
            ] => (self.kind == "boolean").then(|| (*value).to_owned()),
            ["defaults", ":", ":", function] => {
                let (made, kind) = defaults.get(function)?;
                (*kind == self.kind).then(|| made.clone())
            }
            _ => {
                let bound = NUMBER.on(&toks).ok()?;
                let function = bound.text("function");
                let known = ["default_i64", "default_u64", "default_nzu64"];
                let fits = kind(bound.toks("kind"))? == self.kind;
                let value = bound.text("value").replace("- ", "-");
                let value = value.strip_suffix('>')?.trim().to_owned();
                (known.contains(&function.as_str()) && fits).then_some(value)
            }
        }
    }

    /// The start of a builder.
    fn start(&self, within: &str) -> String {
        let ok = |text: String| {
            if within.is_empty() {
                text
            } else {
                format!("Ok({text})")
            }
        };
        let text = match &self.options.default {
            Absent::Made(path) => {
                let path = if within.is_empty() {
                    path.clone()
                } else {
                    format!("super::{path}")
                };
                ok(format!("{path}()"))
            }
            Absent::Intrinsic => ok("Default::default()".to_owned()),
            Absent::Refused if self.kind.starts_with("maybe ") => {
                ok("Default::default()".to_owned())
            }
            Absent::Refused => format!(
                "Err({:?}.to_string())",
                format!("no value supplied for {}", self.field)
            ),
        };
        let stream: proc_macro2::TokenStream = text.parse().unwrap_or_default();
        joined(&super::super::tokens::read(stream))
    }
}

/// What serde makes of nothing.
fn intrinsic(kind: &str) -> Option<String> {
    let made = match kind {
        "text" => "\"\"",
        "boolean" => "false",
        "i32" | "i64" | "f32" | "f64" => "0",
        _ if kind.starts_with("list of ") => "[]",
        _ if kind.starts_with("map of ") => "{}",
        _ => return None,
    };
    Some(made.to_owned())
}

/// Whether what is made of nothing is what serde makes of it, member by member.
pub(super) fn starts(members: &[Member], read: &Read<TypeForm>, within: &str, found: &mut Found) {
    let list = read.bound.list("members");
    same_fields(members, read, found);
    for (member, own) in members.iter().zip(list) {
        if own.text("value") != member.start(within) {
            let message = format!("`{}` starts as something else", member.field);
            found.wrong(read.place(own.spot("value")), message);
        }
    }
}

/// Whether a list of fields is that of the members.
fn same_fields(members: &[Member], read: &Read<TypeForm>, found: &mut Found) {
    let list = if read.form == TypeForm::Setters {
        "setters"
    } else {
        "members"
    };
    let list = read.bound.list(list);
    let differs = (0..members.len().max(list.len())).find(|at| {
        let own = list.get(*at).map(|own| own.text("field"));
        own.as_ref() != members.get(*at).map(|member| &member.field)
    });
    if let Some(at) = differs {
        let spot = list
            .get(at)
            .map_or_else(|| read.bound.spot("name"), |own| own.spot("field"));
        let message = format!(
            "the members of `{}` are not those of its builder",
            read.name()
        );
        found.wrong(read.place(spot), message);
    }
}

/// Whether the builder of an object has its members, each with its kind, and gives and takes all of them.
pub(super) fn built(name: &str, members: &[Member], reads: &[&Read<TypeForm>], found: &mut Found) {
    let empty = members.is_empty();
    for form in [
        TypeForm::Built,
        TypeForm::DefaultMembers,
        TypeForm::Setters,
        TypeForm::Build,
        TypeForm::Rebuild,
    ] {
        let own = |read: &&&Read<TypeForm>| {
            read.form == form || (empty && form == TypeForm::Built && read.form == TypeForm::Object)
        };
        let mut all = reads.iter().filter(own);
        let (first, second) = (all.next(), all.next());
        let Some(read) = first.filter(|_| second.is_none()) else {
            // Nothing can be set of an object without members.
            if let Some(read) = reads
                .first()
                .filter(|_| !(empty && form == TypeForm::Setters))
            {
                let message = format!("`builder::{name}` lacks something, or has it twice");
                found.wrong(read.at("name"), message);
            }
            continue;
        };
        if form == TypeForm::DefaultMembers {
            starts(members, read, "super", found);
            continue;
        }
        same_fields(members, read, found);
        let list = if form == TypeForm::Setters {
            "setters"
        } else {
            "members"
        };
        for (member, own) in members.iter().zip(read.bound.list(list)) {
            let kinds = own.toks("kind");
            if !kinds.is_empty() && kind(kinds).as_ref() != Some(&member.kind) {
                let message = format!("`{}` is built as something else", member.field);
                found.wrong(read.place(own.spot("kind")), message);
            }
            let told = format!(
                "error converting supplied value for {}: {{e}}",
                member.field
            );
            if own.has("said") && own.literal("said") != told {
                let message = format!("`{}` fails under another name", member.field);
                found.wrong(read.place(own.spot("said")), message);
            }
        }
    }
    let forms = [
        TypeForm::Built,
        TypeForm::Object,
        TypeForm::DefaultMembers,
        TypeForm::Setters,
        TypeForm::Build,
        TypeForm::Rebuild,
    ];
    for read in reads.iter().filter(|read| !forms.contains(&read.form)) {
        found
            .unread
            .push((read.at("name"), format!("builder::{name}")));
    }
}
