//! Compares who may call an operation: alternatives of credentials, each one or several together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Compare;
use super::found::Spot;
use super::rule::ChangeRule;
use super::schema::Node;
use crate::document::join;

/// What is sent together, each scheme with its scopes.
type Alternative = BTreeMap<String, BTreeSet<String>>;

impl<'a> Compare<'a> {
    /// The security of two operations, the root's where they say nothing.
    pub(super) fn security(&mut self, old: &Node<'a>, new: &Node<'a>, name: &str) {
        let (was, old_at) = alternatives(self.old, old);
        let (is, new_at) = alternatives(self.new, new);
        let spot = Spot {
            old: old_at,
            new: new_at,
        };
        let renamed = self.schemes(&was, &is);
        let was: Vec<Alternative> = was
            .into_iter()
            .map(|alternative| translated(alternative, &renamed))
            .collect();
        let sides = (said(&was), said(&is));
        let mut report = |rule: ChangeRule, what: String| {
            let message = format!("{name} {what}");
            self.found.add_text(rule, &spot, sides.clone(), message);
        };
        let names = |one: &Alternative| one.keys().cloned().collect::<BTreeSet<String>>();
        let mut gone: Vec<&Alternative> = Vec::new();
        let mut come: Vec<&Alternative> = is.iter().collect();
        for old in &was {
            let Some(index) = come.iter().position(|new| names(new) == names(old)) else {
                gone.push(old);
                continue;
            };
            let new = come.remove(index);
            for (scheme, scopes) in old {
                let now = new.get(scheme).cloned().unwrap_or_default();
                for scope in now.difference(scopes) {
                    report(
                        ChangeRule::SecurityScopeAdded,
                        format!("asks for the scope {scope} of {scheme}"),
                    );
                }
                for scope in scopes.difference(&now) {
                    report(
                        ChangeRule::SecurityScopeRemoved,
                        format!("does not ask for the scope {scope} of {scheme} any more"),
                    );
                }
            }
        }
        let anonymous = |list: &[&Alternative]| list.iter().any(|one| one.is_empty());
        if anonymous(&gone) {
            report(
                ChangeRule::SecurityAnonymousForbidden,
                "asks for a credential".to_owned(),
            );
            // Where nobody needed one, the ways there are now are no additions.
            if was.len() == 1 {
                return;
            }
        }
        if anonymous(&come) {
            report(
                ChangeRule::SecurityAnonymousAllowed,
                "asks for no credential any more".to_owned(),
            );
            return;
        }
        gone.retain(|one| !one.is_empty());
        let mut heard: BTreeSet<BTreeSet<String>> = BTreeSet::new();
        for old in gone {
            let fewer: Vec<_> = come
                .iter()
                .map(|new| names(new))
                .filter(|new| new.is_subset(&names(old)))
                .collect();
            let more: Vec<_> = come
                .iter()
                .map(|new| names(new))
                .filter(|new| names(old).is_subset(new))
                .collect();
            let old = one(old);
            if !fewer.is_empty() {
                report(
                    ChangeRule::SecurityRequirementRemoved,
                    format!("does not need all of {old} any more"),
                );
                heard.extend(fewer);
            } else if more.is_empty() {
                report(
                    ChangeRule::SecurityAlternativeRemoved,
                    format!("does not accept {old} any more"),
                );
            } else {
                report(
                    ChangeRule::SecurityRequirementAdded,
                    format!("needs more than {old}"),
                );
                heard.extend(more);
            }
        }
        for new in come.iter().filter(|new| !heard.contains(&names(new))) {
            report(
                ChangeRule::SecurityAlternativeAdded,
                format!("accepts {}", one(new)),
            );
        }
    }

    /// The schemes that both sides use, and which old name is which new one.
    fn schemes(&mut self, was: &[Alternative], is: &[Alternative]) -> BTreeMap<String, String> {
        let used = |list: &[Alternative]| -> BTreeSet<String> {
            list.iter().flat_map(|one| one.keys().cloned()).collect()
        };
        let (was, is) = (used(was), used(is));
        let mut renamed = BTreeMap::new();
        for name in &was {
            let Some(old) = scheme(self.old, name) else {
                continue;
            };
            if let Some(new) = scheme(self.new, name).filter(|_| is.contains(name)) {
                self.scheme(name, &old, &new);
                continue;
            }
            let same = |new: &&String| {
                !was.contains(*new)
                    && scheme(self.new, new).is_some_and(|new| wire(&new) == wire(&old))
            };
            if let Some(new) = is.iter().find(same) {
                let spot = Spot {
                    old: old.pointer.clone(),
                    new: join("/components/securitySchemes", new),
                };
                let message = format!("the security scheme {name} has another name");
                let sides = (name.clone(), new.clone());
                self.found
                    .add_text(ChangeRule::SecuritySchemeRenamed, &spot, sides, message);
                renamed.insert(name.clone(), new.clone());
            }
        }
        renamed
    }

    fn scheme(&mut self, name: &str, old: &Node<'a>, new: &Node<'a>) {
        const KNOWN: [&str; 8] = [
            "type",
            "scheme",
            "in",
            "name",
            "bearerFormat",
            "x-credential",
            "x-basic",
            "x-proves",
        ];
        let spot = Spot {
            old: old.pointer.clone(),
            new: new.pointer.clone(),
        };
        for (key, rule, what) in [
            (
                "type",
                ChangeRule::SecuritySchemeTypeChanged,
                "of another kind",
            ),
            (
                "scheme",
                ChangeRule::SecuritySchemeTypeChanged,
                "of another kind",
            ),
            (
                "in",
                ChangeRule::SecuritySchemeLocationChanged,
                "sent elsewhere",
            ),
            (
                "name",
                ChangeRule::SecuritySchemeNameChanged,
                "sent under another name",
            ),
            (
                "bearerFormat",
                ChangeRule::DocumentationChanged,
                "described differently",
            ),
            (
                "x-proves",
                ChangeRule::CountedOtherwise,
                "counted against somebody else",
            ),
        ] {
            let sides = (old.value.get(key), new.value.get(key));
            // Names in a query or a cookie are told apart by case, names of headers are not.
            let exact = key == "name" && old.text("in") != "header";
            let equal = if exact {
                old.text(key) == new.text(key)
            } else {
                old.text(key).eq_ignore_ascii_case(new.text(key))
            };
            // Another kind has other keywords; saying so once is enough.
            let implied = key != "type" && old.text("type") != new.text("type");
            if !equal && !implied {
                let message = format!("the credential {name} is {what}");
                self.found.add(rule, &spot.join(key), sides, message);
            }
        }
        if old.text("type") == new.text("type") {
            self.credential_text(name, old, new);
            self.leftovers(old, new, &KNOWN, &format!("the security scheme {name}"));
        }
    }
}

/// The alternatives of an operation and where they are stated; none at all is one that asks for nothing.
fn alternatives<'a>(document: &'a Value, operation: &Node<'a>) -> (Vec<Alternative>, String) {
    let stated = operation.get("security").or_else(|| {
        document.get("security").map(|value| Node {
            value,
            pointer: "/security".to_owned(),
        })
    });
    let pointer = stated.as_ref().map_or_else(
        || join(&operation.pointer, "security"),
        |node| node.pointer.clone(),
    );
    let mut all: Vec<Alternative> = Vec::new();
    for node in stated.iter().flat_map(Node::items) {
        let alternative = node
            .members()
            .into_iter()
            .map(|(name, scopes)| {
                let scopes = scopes.value.as_array().into_iter().flatten();
                let scopes = scopes.filter_map(Value::as_str).map(str::to_owned);
                (name.to_owned(), scopes.collect())
            })
            .collect();
        if !all.contains(&alternative) {
            all.push(alternative);
        }
    }
    if all.is_empty() {
        all.push(Alternative::new());
    }
    (all, pointer)
}

fn scheme<'a>(document: &'a Value, name: &str) -> Option<Node<'a>> {
    let pointer = join("/components/securitySchemes", name);
    let value = document.pointer(&pointer)?;
    Some(Node { value, pointer }.resolve(document))
}

/// What of a scheme shows in a request.
fn wire<'a>(scheme: &Node<'a>) -> [&'a str; 4] {
    ["type", "scheme", "in", "name"].map(|key| scheme.text(key))
}

fn translated(alternative: Alternative, renamed: &BTreeMap<String, String>) -> Alternative {
    alternative
        .into_iter()
        .map(|(name, scopes)| (renamed.get(&name).cloned().unwrap_or(name), scopes))
        .collect()
}

fn one(alternative: &Alternative) -> String {
    if alternative.is_empty() {
        return "nothing".to_owned();
    }
    let parts = alternative.iter().map(|(name, scopes)| {
        if scopes.is_empty() {
            name.clone()
        } else {
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            format!("{name} ({})", scopes.join(", "))
        }
    });
    parts.collect::<Vec<_>>().join(" and ")
}

fn said(alternatives: &[Alternative]) -> String {
    let parts: Vec<String> = alternatives.iter().map(one).collect();
    parts.join(", or ")
}
