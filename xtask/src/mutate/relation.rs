//! What places of a document have to do with each other: by reference, and by the names that stand for references.

use serde_json::Value;

use super::drift::{split, walk};
use crate::document::{Document, component, is_within, join, last_token};

/// Somewhere that something is named, and what is named there.
struct Use {
    at: String,
    target: String,
}

/// Whether something at `changed` is named at `place`, or `place` is in what is named there.
///
/// A change of a named thing shows where it is used; what is used no more shows at the thing.
#[must_use]
pub fn related(document: &Document, changed: &str, place: &str) -> bool {
    let component = component(changed);
    uses(document).iter().any(|one| {
        let user = one.at.strip_suffix("/$ref").unwrap_or(&one.at);
        let names_it = is_within(&one.target, changed)
            || component == Some(one.target.as_str())
            || changed == join(&one.target, "name");
        let shown_there = is_within(place, user) || place == split(user).0;
        let used_there = is_within(&one.at, changed) && is_within(place, &one.target);
        (names_it && shown_there) || used_there
    })
}

/// Everything that names something else: references, schemes of a security, tags, and required properties.
fn uses(document: &Document) -> Vec<Use> {
    let mut found = Vec::new();
    walk(&document.value, "", &mut |at, value| {
        let (parent, _) = split(at);
        let (above, list) = split(parent);
        let text = value.as_str();
        let target = if at.ends_with("/$ref") {
            text.and_then(|reference| reference.strip_prefix('#'))
                .map(str::to_owned)
        } else if list == "required" {
            text.map(|name| join(&join(above, "properties"), name))
        } else if list == "tags" {
            text.and_then(|name| tag(document, name))
        } else if split(above).1 == "security" && value.is_array() {
            Some(join("/components/securitySchemes", &last_token(at)))
        } else {
            None
        };
        found.extend(target.map(|target| Use {
            at: at.to_owned(),
            target,
        }));
    });
    found
}

/// Where a tag is described.
fn tag(document: &Document, name: &str) -> Option<String> {
    let tags = document.get("/tags")?.as_array()?;
    let index = tags
        .iter()
        .position(|tag| tag.get("name").and_then(Value::as_str) == Some(name))?;
    Some(format!("/tags/{index}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_named_and_what_names_it_are_related() {
        let document = Document::from_value(json!({
            "tags": [{"name": "t"}],
            "paths": {"/a": {"get": {"tags": ["t"], "security": [{"K": []}],
                "responses": {"200": {"$ref": "#/components/responses/R"}}}}},
            "components": {
                "responses": {"R": {"description": "r"}, "S": {}},
                "schemas": {"O": {"required": ["x"], "properties": {"x": {}}}},
                "securitySchemes": {"K": {}}}
        }));
        for (changed, place) in [
            ("/tags/0/name", "/paths/~1a/get/tags"),
            (
                "/components/responses/R",
                "/paths/~1a/get/responses/200/$ref",
            ),
            (
                "/components/responses/R/description",
                "/paths/~1a/get/responses/200",
            ),
            ("/components/responses", "/paths/~1a/get/responses/200"),
            ("/paths/~1a/get", "/components/responses/R"),
            (
                "/components/schemas/O/properties/x",
                "/components/schemas/O/required/0",
            ),
            (
                "/components/securitySchemes/K",
                "/paths/~1a/get/security/0/K",
            ),
        ] {
            assert!(related(&document, changed, place), "{changed} {place}");
        }
        for (changed, place) in [
            ("/components/responses/S", "/paths/~1a/get/responses/200"),
            ("/paths/~1a/get", "/components/responses/S"),
            (
                "/components/schemas/O/properties/x",
                "/components/schemas/O",
            ),
        ] {
            assert!(!related(&document, changed, place), "{changed} {place}");
        }
    }
}
