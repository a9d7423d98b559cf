//! The demo's text: links, credentials, and one curl per operation in an order that works.
//!
//! A curl that needs a token or a session gets a real one, made beforehand by asking the server
//! itself, so that every line stands alone.

use std::fmt::{self, Write};

use futures_util::future::BoxFuture;
use poem::{Request, Response};
use serde_json::Value;

use super::{Credentials, DemoError};
use crate::{
    dialects::{
        REGISTRATIONS,
        showcase::{Answering, Call, Guide},
    },
    serve::{DOCUMENT, Server},
};

impl Answering for Server {
    fn answer(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(self.ask(request))
    }
}

/// The text to print, made before the server runs.
///
/// # Errors
/// [`DemoError::Showcase`] when the server refuses to make a token that a curl needs.
pub async fn guide(server: &Server, credentials: &Credentials) -> Result<String, DemoError> {
    let mut shown = Vec::new();
    for (dialect, held) in &credentials.held {
        let known = REGISTRATIONS.iter().find(|one| one.id == *dialect);
        shown.extend(known.map(|known| (*dialect, known.showcase, held)));
    }
    let guide = Guide::new(&credentials.base_url, server, shown.clone());
    let mut sections = Vec::new();
    for (dialect, showcase, held) in shown {
        sections.push((dialect.as_str(), showcase.curls(&guide, held).await?));
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = render(&mut text, credentials, &sections);
    Ok(text)
}

fn render(
    text: &mut String,
    credentials: &Credentials,
    sections: &[(&str, Vec<Call>)],
) -> fmt::Result {
    let base = &credentials.base_url;
    writeln!(text, "Tessera demo at {base} (ctrl-c ends it)\n")?;
    writeln!(text, "  Try it out    {base}/docs/")?;
    writeln!(text, "  OpenAPI 3.1   {base}/openapi.json\n")?;
    writeln!(text, "Credentials:\n{:#}\n", credentials.to_json())?;
    writeln!(text, "Every operation, ready to paste, in this order:")?;
    let summaries = Summaries::of_document();
    for (dialect, calls) in sections {
        writeln!(text, "\n# == {dialect} ==")?;
        for call in calls {
            let summary = summaries.of(call.operation);
            writeln!(text, "# {}: {summary}\n{}", call.operation, call.curl)?;
        }
    }
    writeln!(text)
}

/// The summaries that the document gives its operations.
struct Summaries(Value);

impl Summaries {
    fn of_document() -> Self {
        Self(serde_json::from_slice(DOCUMENT).unwrap_or(Value::Null))
    }

    fn of(&self, operation: &str) -> &str {
        let paths = self.0.get("paths").and_then(Value::as_object);
        paths
            .into_iter()
            .flat_map(serde_json::Map::values)
            .filter_map(Value::as_object)
            .flat_map(serde_json::Map::values)
            .find(|candidate| {
                candidate.get("operationId").and_then(Value::as_str) == Some(operation)
            })
            .and_then(|found| found.get("summary")?.as_str())
            .unwrap_or_default()
    }
}
