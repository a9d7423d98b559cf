//! Compares the tags of two documents: their texts, the paths they own, and what they answer where no operation is.

use super::Compare;
use super::found::Spot;
use super::rule::ChangeRule;
use super::schema::Node;

const BASE_PATHS: &str = "x-base-path";
const UNMATCHED: &str = "x-unmatched";

impl<'a> Compare<'a> {
    /// All tags, by their names.
    pub(super) fn tags(&mut self) {
        let all = |document: &'a serde_json::Value| {
            let root = Node {
                value: document,
                pointer: String::new(),
            };
            root.get("tags").map_or_else(Vec::new, |tags| tags.items())
        };
        let (old, mut new) = (all(self.old), all(self.new));
        for was in &old {
            let same = |is: &Node<'a>| is.text("name") == was.text("name");
            match new.iter().position(same) {
                Some(index) => self.tag(was, &new.remove(index)),
                None => self.whole_tag(was, "is gone", (Some(was.value), None)),
            }
        }
        for is in &new {
            self.whole_tag(is, "is new", (None, Some(is.value)));
        }
    }

    fn whole_tag(&mut self, tag: &Node<'a>, what: &str, sides: super::found::Sides<'a>) {
        let spot = Spot {
            old: tag.pointer.clone(),
            new: tag.pointer.clone(),
        };
        let message = format!("the tag {} {what}", tag.text("name"));
        let rule = ChangeRule::DocumentationChanged;
        self.found.add(rule, &spot, sides, message);
    }

    fn tag(&mut self, old: &Node<'a>, new: &Node<'a>) {
        let name = new.text("name");
        let label = format!("the tag {name}");
        self.leftovers(old, new, &["name", BASE_PATHS, UNMATCHED], &label);
        let spot = Spot {
            old: old.pointer.clone(),
            new: new.pointer.clone(),
        };
        let sides = (old.value.get(BASE_PATHS), new.value.get(BASE_PATHS));
        if sides.0 != sides.1 {
            let message = format!("{name} owns other paths");
            let rule = ChangeRule::BasePathsChanged;
            self.found.add(rule, &spot.join(BASE_PATHS), sides, message);
        }
        match (old.get(UNMATCHED), new.get(UNMATCHED)) {
            (Some(old), Some(new)) => self.unmatched(&old, &new, name),
            (None, None) => {}
            (was, is) => {
                let sides = (was.map(|node| node.value), is.map(|node| node.value));
                let message =
                    format!("what {name} answers where no operation is, is told by one side");
                let rule = ChangeRule::UnmatchedChanged;
                self.found.add(rule, &spot.join(UNMATCHED), sides, message);
            }
        }
    }

    /// The answers to an unknown path and to a wrong method, each as those of an operation.
    fn unmatched(&mut self, old: &Node<'a>, new: &Node<'a>, name: &str) {
        for whose in ["path", "method"] {
            let spot = Spot {
                old: old.pointer.clone(),
                new: new.pointer.clone(),
            };
            let label = format!("{UNMATCHED} of {name}");
            let sides = (old.get(whose), new.get(whose));
            self.answers(
                (sides.0.as_ref(), sides.1.as_ref()),
                &spot.join(whose),
                &label,
            );
        }
    }
}
