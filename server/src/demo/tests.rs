//! The printed commands: one per operation, and each succeeds in the order printed.

use std::collections::BTreeSet;

use poem::{Request, Response, http::Method};

use super::{guide, seed};
use crate::{
    config::Config,
    generated::routes::ROUTES,
    serve::{Ports, Server},
};

async fn demo() -> (tempfile::TempDir, Server, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("tessera.db");
    let config = Config::local(format!("sqlite://{}", database.display()));
    let server = Server::prepare(&config, &Ports::system())
        .await
        .expect("a server");
    let credentials = seed(server.authority(), server.public_url(), false)
        .await
        .expect("principals");
    let text = guide(&server, &credentials).await.expect("a guide");
    (folder, server, text)
}

#[tokio::test]
async fn every_operation_has_one_command_and_each_succeeds_in_order() {
    let (_folder, server, text) = demo().await;
    let mut called = BTreeSet::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((operation, summary)) = line.strip_prefix("# ").and_then(|l| l.split_once(": "))
        else {
            continue;
        };
        assert!(!summary.is_empty(), "{operation} has no summary");
        let command = lines.next().expect("a command after its title");
        let mut response = server.ask(request_of(command)).await;
        let body = response.take_body().into_string().await.expect("text");
        assert!(succeeded(&response, &body), "{command}\n{body}");
        assert!(called.insert(operation), "{operation} comes twice");
    }
    let documented: BTreeSet<&str> = ROUTES.iter().map(|route| route.operation).collect();
    assert_eq!(called, documented);
}

/// A dialect may refuse under 200, too.
fn succeeded(response: &Response, body: &str) -> bool {
    response.status().is_success() && !body.contains(r#""status":"error""#)
}

/// The request that a printed curl sends.
fn request_of(command: &str) -> Request {
    let mut words = words(command).into_iter();
    assert_eq!(words.next().as_deref(), Some("curl"));
    let (mut method, mut target) = (None, String::new());
    let (mut headers, mut form) = (Vec::new(), Vec::new());
    while let Some(word) = words.next() {
        let mut value = || words.next().expect("a value after an option");
        match word.as_str() {
            "-sS" | "-i" => {}
            "-X" => method = Some(value()),
            "-H" => {
                let header = value();
                let (name, value) = header.split_once(": ").expect("a header");
                headers.push((name.to_owned(), value.to_owned()));
            }
            "--cookie" => headers.push(("Cookie".to_owned(), value())),
            "-u" => {
                let basic =
                    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, value());
                headers.push(("Authorization".to_owned(), format!("Basic {basic}")));
            }
            "-d" => form.push(value()),
            "--data-urlencode" => {
                let field = value();
                let pair = field.split_once('=').expect("a field");
                form.push(serde_urlencoded::to_string([pair]).expect("a form"));
            }
            _ => {
                let path = word.splitn(4, '/').nth(3).expect("a URL with a path");
                target = format!("/{path}");
            }
        }
    }
    let method = method.map_or(Method::GET, |name| name.parse().expect("a method"));
    let typed = headers.iter().any(|(name, _)| name == "Content-Type");
    if !form.is_empty() && !typed {
        let form = "application/x-www-form-urlencoded";
        headers.push(("Content-Type".to_owned(), form.to_owned()));
    }
    let request = Request::builder().method(method).uri_str(target);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    request.body(form.join("&"))
}

/// Splits as a POSIX shell does, as far as the guide quotes.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' => quoted = !quoted,
            '\\' if !quoted => word.extend(characters.next()),
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            _ => word.push(character),
        }
    }
    words.push(word);
    words
}
