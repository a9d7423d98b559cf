//! Proof 7: how the document differs from an earlier one, as those who call the API see it.
//!
//! Two documents are compared by what they mean: operation by operation, what callers send apart from
//! what they are sent, references followed. What is less for a caller is *breaking*, what is more is
//! *compatible*, what only Rust code written against the SDK sees is *sdk*, the rest is *documentation*.
//! How a version has to move is `version`'s job, where the earlier document comes from `baseline`'s, and
//! whether the SDK of then gets along with the server of today `released`'s.

mod answers;
pub mod baseline;
mod constraints;
pub mod fixture;
mod found;
mod objects;
mod operations;
mod parameters;
pub mod redocly;
pub mod released;
pub mod rule;
mod schema;
mod schemas;
mod security;
mod tags;
mod told;
mod values;
mod version;

use serde_json::Value;

pub use found::Change;
use found::{Found, Spot};
pub use rule::{ChangeRule, Class, Direction};
use schema::Node;

use crate::document::Document;
use crate::problem::{Place, Problems};
use baseline::Baseline;

/// A comparison under way.
struct Compare<'a> {
    old: &'a Value,
    new: &'a Value,
    found: Found,
    /// How many comparisons this one is inside of.
    depth: usize,
}

/// Everything in which two documents differ for their callers, the worst first.
#[must_use]
pub fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let (old, new) = (plain(old), plain(new));
    let mut compare = Compare {
        old: &old,
        new: &new,
        found: Found::default(),
        depth: 0,
    };
    compare.root();
    compare.operations();
    compare.found.into_changes()
}

/// The same with whole numbers as integers, so that 30.0 is 30 also where any value may stand.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(crate::canonical::plain(number)),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, member)| (key.clone(), plain(member)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

/// A change with its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// What changed.
    pub change: Change,
    /// Where in the files of today; the nearest thing that is still there when it is gone.
    pub place: Place,
    /// Where it was in the earlier document.
    pub was: Option<Place>,
}

/// Compares the document with an earlier one; the changes are no problem, a version that stays behind is.
#[must_use]
pub fn prove(old: &Baseline, new: &Document) -> (String, Vec<Reported>, Problems) {
    let changes = changes(&old.value, &new.value);
    let worst = changes.iter().map(|change| change.class).max();
    let problems = version::moved(&old.value, new, worst);
    let extent = extent(old, &changes);
    let positions = if changes.is_empty() {
        Document::default()
    } else {
        old.document()
    };
    let reported = changes
        .into_iter()
        .map(|change| Reported {
            place: new.place(&change.pointer),
            was: change
                .old_pointer
                .as_ref()
                .filter(|pointer| old.value.pointer(pointer).is_some())
                .map(|pointer| positions.place(pointer)),
            change,
        })
        .collect();
    (extent, reported, problems)
}

fn extent(old: &Baseline, changes: &[Change]) -> String {
    let count = |class: Class| {
        changes
            .iter()
            .filter(|change| change.class == class)
            .count()
    };
    let counted: Vec<String> = [
        Class::Breaking,
        Class::Sdk,
        Class::Compatible,
        Class::Documentation,
    ]
    .into_iter()
    .filter(|class| count(*class) > 0)
    .map(|class| format!("{} {}", count(class), class.word()))
    .collect();
    if counted.is_empty() {
        format!("no change since {}", old.name)
    } else {
        format!("{} since {}", counted.join(", "), old.name)
    }
}

impl Compare<'_> {
    /// What belongs to no operation.
    fn root(&mut self) {
        const COMPARED: [&str; 7] = [
            "openapi",
            "info",
            "servers",
            "tags",
            "paths",
            "components",
            "security",
        ];
        let (old, new) = (
            Node {
                value: self.old,
                pointer: String::new(),
            },
            Node {
                value: self.new,
                pointer: String::new(),
            },
        );
        self.leftovers(&old, &new, &COMPARED, "the document");
        let spot = Spot {
            old: String::new(),
            new: String::new(),
        };
        let sides = (self.old.get("openapi"), self.new.get("openapi"));
        if sides.0 != sides.1 {
            let message = "the version of OpenAPI changed";
            self.found.add(
                ChangeRule::InfoChanged,
                &spot.join("openapi"),
                sides,
                message,
            );
        }
        let member = |document: &Value, key: &str| {
            document.get("info").and_then(|info| info.get(key).cloned())
        };
        let keys = |document: &Value| -> Vec<String> {
            let info = document.get("info").and_then(Value::as_object);
            info.into_iter()
                .flatten()
                .map(|(key, _)| key.clone())
                .collect()
        };
        let mut all = keys(self.old);
        all.extend(keys(self.new));
        all.sort();
        all.dedup();
        for key in all.iter().filter(|key| *key != "version") {
            let (old, new) = (member(self.old, key), member(self.new, key));
            if old != new {
                let spot = spot.join("info").join(key);
                let message = format!("the {key} of the document changed");
                let sides = (old.as_ref(), new.as_ref());
                self.found
                    .add(ChangeRule::InfoChanged, &spot, sides, message);
            }
        }
        self.servers();
        self.tags();
    }

    fn servers(&mut self) {
        let urls = |document: &Value| -> Vec<(usize, String)> {
            let servers = document.get("servers").and_then(Value::as_array);
            let urls: Vec<(usize, String)> = servers
                .into_iter()
                .flatten()
                .filter_map(|server| server.get("url")?.as_str())
                .map(str::to_owned)
                .enumerate()
                .collect();
            if urls.is_empty() {
                vec![(0, "/".to_owned())]
            } else {
                urls
            }
        };
        let (old, new) = (urls(self.old), urls(self.new));
        let has = |list: &[(usize, String)], url: &str| list.iter().any(|(_, one)| one == url);
        let spot = |was: usize, is: usize| Spot {
            old: format!("/servers/{was}"),
            new: format!("/servers/{is}"),
        };
        for (index, url) in old.iter().filter(|(_, url)| !has(&new, url)) {
            let message = format!("the server {url} is gone");
            let sides = (url.clone(), objects::nothing());
            let spot = spot(*index, *index);
            self.found
                .add_text(ChangeRule::ServerRemoved, &spot, sides, message);
        }
        for (index, url) in new.iter().filter(|(_, url)| !has(&old, url)) {
            let message = format!("the server {url} is new");
            let sides = (objects::nothing(), url.clone());
            let spot = spot(*index, *index);
            self.found
                .add_text(ChangeRule::ServerAdded, &spot, sides, message);
        }
    }
}
