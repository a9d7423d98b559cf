//! The front page: what this is, and a row for each dialect, as the document tells it (`x-at-a-glance` of its tag).

use serde_json::Value;

const PAGE: &str = include_str!("front_page.html");

/// Where the rows go.
const PLACEHOLDER: &str = "{{dialects}}";

/// The page for a document; a tag that says nothing of itself has a row all the same.
pub(super) fn of(document: &[u8]) -> String {
    let document: Value = serde_json::from_slice(document).unwrap_or_default();
    let tags = document.get("tags").and_then(Value::as_array);
    let rows: Vec<String> = tags.into_iter().flatten().map(row).collect();
    PAGE.replace(PLACEHOLDER, &rows.join("\n"))
}

fn row(tag: &Value) -> String {
    let text = |pointer: &str| {
        let text = tag.pointer(pointer).and_then(Value::as_str);
        escaped(text.unwrap_or_default())
    };
    let paths = tag.get("x-base-path").and_then(Value::as_array);
    let paths = paths.into_iter().flatten().filter_map(Value::as_str);
    let paths: Vec<String> = paths
        .map(|path| format!("<code>{}/…</code>", escaped(path)))
        .collect();
    format!(
        "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
        text("/name"),
        paths.join(", "),
        text("/x-at-a-glance/issues")
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_has_a_row_in_the_order_of_the_document() {
        let document = br#"{"tags": [
            {"name": "coin", "x-base-path": ["/a", "/b"], "x-at-a-glance": {"issues": "<coins> & more"}},
            {"name": "medal"}]}"#;
        let rows = "<tr><td>coin</td><td><code>/a/…</code>, <code>/b/…</code></td><td>&lt;coins&gt; &amp; more</td></tr>\n\
            <tr><td>medal</td><td></td><td></td></tr>\n</table>";
        let page = of(document);
        assert!(page.contains(rows), "{page}");
        assert!(!page.contains(PLACEHOLDER));
    }
}
