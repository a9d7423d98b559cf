//! Compares answers, of an operation or of none: statuses, headers, media types, bodies, refusals.

use serde_json::Value;

use super::Compare;
use super::found::Spot;
use super::objects::body_of;
use super::parameters::schema_of;
use super::rule::{ChangeRule, Direction};
use super::schema::Node;
use crate::document::join;

type Named<'a> = (String, Node<'a>);
type Both<'a> = (String, Node<'a>, Node<'a>);
/// The answers by status that the old document has, and those of the new one.
type Sets<'n, 'a> = (Option<&'n Node<'a>>, Option<&'n Node<'a>>);

impl<'a> Compare<'a> {
    /// Two sets of answers by their statuses, those of an operation for one, which stand at `at`.
    pub(super) fn answers(&mut self, (old, new): Sets<'_, 'a>, at: &Spot, owner: &str) {
        let all = |answers: Option<&Node<'a>>, document: &'a Value| -> Vec<Named<'a>> {
            let answers = answers.map(Node::members);
            let answers = answers.into_iter().flatten();
            answers
                .map(|(status, node)| (status.to_uppercase(), node.resolve(document)))
                .collect()
        };
        let (before, now) = (all(old, self.old), all(new, self.new));
        let (mut gone, mut come, both) = sorted(before, now);
        for (status, old, new) in &both {
            self.answer(status, old, new);
        }
        if let ([was], [is]) = (successes(&gone).as_slice(), successes(&come).as_slice()) {
            let spot = Spot {
                old: join(&at.old, &was.0),
                new: join(&at.new, &is.0),
            };
            let message = format!("the success of {owner} has another status");
            let sides = (was.0.clone(), is.0.clone());
            self.found
                .add_text(ChangeRule::SuccessStatusChanged, &spot, sides, message);
            self.answer(&is.0, &was.1, &is.1);
            gone.retain(|(status, _)| status != &was.0);
            come.retain(|(status, _)| status != &is.0);
        }
        for (status, node) in &gone {
            let rule = if is_success(status) {
                ChangeRule::SuccessStatusRemoved
            } else {
                ChangeRule::ErrorStatusRemoved
            };
            let message = format!("the answer {status} is gone");
            let sides = (Some(node.value), None);
            self.found.add(rule, &at.join(status), sides, message);
        }
        for (status, node) in &come {
            let rule = if is_success(status) {
                ChangeRule::SuccessStatusAdded
            } else {
                ChangeRule::ErrorStatusAdded
            };
            let message = format!("the answer {status} is new");
            let sides = (None, Some(node.value));
            self.found.add(rule, &at.join(status), sides, message);
        }
    }

    fn answer(&mut self, status: &str, old: &Node<'a>, new: &Node<'a>) {
        let spot = Spot {
            old: old.pointer.clone(),
            new: new.pointer.clone(),
        };
        let label = format!("the answer {status}");
        self.leftovers(old, new, &["headers", "content", "x-refusal"], &label);
        let key = "x-refusal";
        let sides = (old.value.get(key), new.value.get(key));
        let rule = match sides {
            (old, new) if old == new => None,
            (None, _) => Some(ChangeRule::RefusalAdded),
            (_, None) => Some(ChangeRule::RefusalRemoved),
            _ => Some(ChangeRule::RefusalChanged),
        };
        if let Some(rule) = rule {
            let message = format!("the mark of a refusal in {label} changed");
            self.found.add(rule, &spot.join(key), sides, message);
        }
        self.headers(old, new, &label);
        let content = |node: &Node<'a>| {
            let content = node.get("content");
            content.filter(|content| !content.members().is_empty())
        };
        let spot = spot.join("content");
        match (content(old), content(new)) {
            (None, None) => {}
            (None, Some(content)) => {
                let message = format!("{label} has a body");
                let sides = (None, Some(content.value));
                self.found
                    .add(ChangeRule::ResponseBodyAdded, &spot, sides, message);
            }
            (Some(content), None) => {
                let message = format!("{label} has no body any more");
                let sides = (Some(content.value), None);
                self.found
                    .add(ChangeRule::ResponseBodyRemoved, &spot, sides, message);
            }
            (Some(_), Some(_)) => self.content(old, new, Direction::Response),
        }
    }

    /// The media types of two bodies and their schemas.
    pub(super) fn content(&mut self, old: &Node<'a>, new: &Node<'a>, direction: Direction) {
        const KNOWN: [&str; 1] = ["schema"];
        let all = |node: &Node<'a>| -> Vec<Named<'a>> {
            let content = node.get("content").map(|content| content.members());
            let content = content.into_iter().flatten();
            content
                .map(|(name, node)| {
                    let parts = name.split(';').map(|part| part.trim().to_lowercase());
                    (parts.collect::<Vec<_>>().join("; "), node)
                })
                .collect()
        };
        let at = Spot {
            old: join(&old.pointer, "content"),
            new: join(&new.pointer, "content"),
        };
        let body = body_of(direction);
        let (mut gone, mut come, mut both) = sorted(all(old), all(new));
        if direction == Direction::Response
            && let ([was], [is]) = (gone.as_slice(), come.as_slice())
        {
            let spot = Spot {
                old: was.1.pointer.clone(),
                new: is.1.pointer.clone(),
            };
            let message = format!("{body} has another media type");
            let sides = (was.0.clone(), is.0.clone());
            self.found
                .add_text(ChangeRule::ResponseMediaTypeChanged, &spot, sides, message);
            both.push((is.0.clone(), was.1.clone(), is.1.clone()));
            gone.clear();
            come.clear();
        }
        for (name, node) in &gone {
            let rule = match direction {
                Direction::Response => ChangeRule::ResponseMediaTypeRemoved,
                Direction::Request | Direction::Both => ChangeRule::RequestMediaTypeRemoved,
            };
            let message = format!("{body} has the media type {name} no more");
            let sides = (Some(node.value), None);
            self.found.add(rule, &at.join(name), sides, message);
        }
        for (name, node) in &come {
            let rule = match direction {
                Direction::Response => ChangeRule::ResponseMediaTypeAdded,
                Direction::Request | Direction::Both => ChangeRule::RequestMediaTypeAdded,
            };
            let message = format!("{body} has one more media type, {name}");
            let sides = (None, Some(node.value));
            self.found.add(rule, &at.join(name), sides, message);
        }
        for (_, old, new) in &both {
            self.leftovers(old, new, &KNOWN, body);
            self.schemas(&schema_of(old), &schema_of(new), direction, body);
        }
    }

    fn headers(&mut self, old: &Node<'a>, new: &Node<'a>, answer: &str) {
        let all = |node: &Node<'a>, document: &'a Value| -> Vec<Named<'a>> {
            let headers = node.get("headers").map(|headers| headers.members());
            let headers = headers.into_iter().flatten();
            headers
                .map(|(name, node)| (name.to_ascii_lowercase(), node.resolve(document)))
                .collect()
        };
        let at = Spot {
            old: join(&old.pointer, "headers"),
            new: join(&new.pointer, "headers"),
        };
        let (gone, come, both) = sorted(all(old, self.old), all(new, self.new));
        for (name, node) in &gone {
            let spot = Spot {
                old: join(&at.old, &spelt(old, name)),
                new: join(&at.new, &spelt(old, name)),
            };
            let message = format!("the header {} of {answer} is gone", spelt(old, name));
            let sides = (Some(node.value), None);
            self.found
                .add(ChangeRule::ResponseHeaderRemoved, &spot, sides, message);
        }
        for (name, node) in &come {
            let spot = Spot {
                old: join(&at.old, &spelt(new, name)),
                new: join(&at.new, &spelt(new, name)),
            };
            let message = format!("the header {} of {answer} is new", spelt(new, name));
            let sides = (None, Some(node.value));
            self.found
                .add(ChangeRule::ResponseHeaderAdded, &spot, sides, message);
        }
        for (name, was, is) in &both {
            self.header(&format!("the header {}", spelt(new, name)), was, is);
        }
    }

    fn header(&mut self, label: &str, old: &Node<'a>, new: &Node<'a>) {
        const KNOWN: [&str; 10] = [
            "required",
            "x-optional",
            "schema",
            "deprecated",
            "x-secret",
            "x-stamped",
            "x-error",
            "x-credential",
            "style",
            "explode",
        ];
        let spot = Spot {
            old: old.pointer.clone(),
            new: new.pointer.clone(),
        };
        let rule = match (old.flag("required"), new.flag("required")) {
            (false, true) => Some((ChangeRule::ResponseHeaderBecameRequired, "required")),
            (true, false) => Some((ChangeRule::ResponseHeaderBecameOptional, "optional")),
            (true, true) | (false, false) => None,
        };
        if let Some((rule, what)) = rule {
            let sides = (old.value.get("required"), new.value.get("required"));
            let message = format!("{label} became {what}");
            self.found.add(rule, &spot.join("required"), sides, message);
        }
        let key = "x-stamped";
        let sides = (old.value.get(key), new.value.get(key));
        if sides.0 != sides.1 {
            let message = format!("{label} is written by another part of the server");
            self.found
                .add(ChangeRule::StampChanged, &spot.join(key), sides, message);
        }
        for (key, rule) in [
            ("x-error", ChangeRule::ErrorPlacesChanged),
            ("x-credential", ChangeRule::SessionKeepingChanged),
        ] {
            let sides = (old.value.get(key), new.value.get(key));
            self.told(rule, key, &spot.join(key), sides, label);
        }
        self.element_flags(&spot, (old, new), label);
        self.leftovers(old, new, &KNOWN, label);
        self.schemas(&schema_of(old), &schema_of(new), Direction::Response, label);
    }
}

/// What only the old side has, what only the new one has, and what both have.
fn sorted<'a>(
    old: Vec<Named<'a>>,
    mut new: Vec<Named<'a>>,
) -> (Vec<Named<'a>>, Vec<Named<'a>>, Vec<Both<'a>>) {
    let mut gone = Vec::new();
    let mut both = Vec::new();
    for (name, node) in old {
        match new.iter().position(|(other, _)| other == &name) {
            Some(index) => {
                let (_, now) = new.remove(index);
                both.push((name, node, now));
            }
            None => gone.push((name, node)),
        }
    }
    (gone, new, both)
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

fn successes<'a>(answers: &[Named<'a>]) -> Vec<Named<'a>> {
    let answers = answers.iter();
    answers
        .filter(|(status, _)| is_success(status))
        .cloned()
        .collect()
}

/// The name of a header as that side writes it.
fn spelt(answer: &Node<'_>, name: &str) -> String {
    let headers = answer.get("headers").map(|headers| headers.members());
    let mut headers = headers.into_iter().flatten();
    headers
        .find(|(one, _)| one.eq_ignore_ascii_case(name))
        .map_or_else(|| name.to_owned(), |(one, _)| one.to_owned())
}
