//! The demo's text: links, credentials, and one curl per operation in an order that works.
//!
//! A curl that needs a token or a session gets a real one, made beforehand by asking the server
//! itself, so that every line stands alone.

use std::fmt::{self, Write};

use poem::{
    Request, RequestBuilder, Response,
    http::{Method, header},
};
use serde_json::{Value, json};

use super::{Credentials, DemoError};
use crate::{
    dialects::REGISTRATIONS,
    serve::{DOCUMENT, Server},
};

/// One operation and the curl that calls it.
#[derive(Debug)]
struct Call {
    operation: &'static str,
    curl: String,
}

/// The text to print, made before the server runs.
///
/// # Errors
/// [`DemoError::Trial`] when the server refuses to make a token that a curl needs.
pub async fn guide(server: &Server, credentials: &Credentials) -> Result<String, DemoError> {
    let guide = Guide {
        server,
        credentials,
        base: &credentials.base_url,
    };
    let mut sections = Vec::new();
    for dialect in REGISTRATIONS {
        let calls = match dialect.id.as_str() {
            "animeloop" => guide.animeloop().await?,
            "pnut" => guide.pnut().await?,
            "token_generator" => guide.token_generator(),
            "auth_api" => guide.auth_api().await?,
            "manis" => guide.manis(),
            _ => guide.oauth().await?,
        };
        sections.push((dialect.id.as_str(), calls));
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

struct Guide<'a> {
    server: &'a Server,
    credentials: &'a Credentials,
    base: &'a str,
}

impl Guide<'_> {
    async fn animeloop(&self) -> Result<Vec<Call>, DemoError> {
        let animeloop = &self.credentials.animeloop;
        let login = json!({
            "username": animeloop.username,
            "password": animeloop.password.expose(),
        });
        let (path, operation) = ("/api/v2/auth/login", "animeloop_create_session");
        let request = post(path, JSON).body(login.to_string());
        let answer = self.ask(operation, request).await?;
        let cookie = answer
            .header(header::SET_COOKIE.as_str())
            .and_then(|cookie| cookie.split(';').next())
            .ok_or(DemoError::Trial(operation))?;
        let cookie = format!("--cookie {}", quoted(cookie));
        Ok(vec![
            self.post_json(operation, path, "", &login),
            self.post("animeloop_create_token", "/api/v2/auth/token/new", &cookie),
            self.post("animeloop_get_token", "/api/v2/auth/token", &cookie),
            self.get("animeloop_read_token", "/api/v2/auth/token", &cookie),
            self.post(
                "animeloop_revoke_token",
                "/api/v2/auth/token/revoke",
                &cookie,
            ),
            self.post("animeloop_delete_session", "/api/v2/auth/logout", &cookie),
        ])
    }

    async fn pnut(&self) -> Result<Vec<Call>, DemoError> {
        let bearer = bearer(&self.pnut_token().await?);
        let form: Vec<String> = self
            .pnut_password_grant()
            .iter()
            .map(|(name, value)| format!("-d {}", quoted(&format!("{name}={value}"))))
            .collect();
        let form = form.join(" ");
        Ok(vec![
            self.post("pnut_create_access_token", "/v1/oauth/access_token", &form),
            self.get("pnut_get_token", "/v1/token", &bearer),
            self.call("pnut_delete_token", "-X DELETE", "/v1/token", &bearer),
        ])
    }

    fn token_generator(&self) -> Vec<Call> {
        let token = self.credentials.token_generator.user_token.expose();
        let caller = quoted(&format!("Authorization: Token token=\"{token}\""));
        let permission = json!({
            "abilities": { "album_id": { "Access": { "see": true, "image_list": true } } },
        });
        let permission = quoted(&format!("permission={permission}"));
        vec![self.post(
            "token_generator_create_token",
            "/api/v1/token",
            &format!("-H {caller} --data-urlencode {permission}"),
        )]
    }

    async fn auth_api(&self) -> Result<Vec<Call>, DemoError> {
        let auth_api = &self.credentials.auth_api;
        let proof = json!({
            "grant_type": "client_credentials",
            "client_id": auth_api.client_id,
            "client_secret": auth_api.client_secret.expose(),
        });
        let (path, operation) = ("/v1/auth/tokens/long", "auth_api_issue_long_token");
        let issue = || {
            let request = post(path, JSON).header("X-Client-Id", &auth_api.client_id);
            self.ask(operation, request.body(proof.to_string()))
        };
        let lasting = member(issue().await?, "access_token", operation).await?;
        let lasting = bearer(&lasting);
        let doomed = issue().await?;
        let doomed = member(doomed, "token_id", operation).await?;
        let client = format!(
            "-H {}",
            quoted(&format!("X-Client-Id: {}", auth_api.client_id))
        );
        Ok(vec![
            self.post_json(operation, path, &client, &proof),
            self.post(
                "auth_api_issue_short_token",
                "/v1/auth/tokens/short",
                &lasting,
            ),
            self.post(
                "auth_api_revoke_token",
                &format!("/v1/auth/tokens/{doomed}/revoke"),
                &lasting,
            ),
        ])
    }

    fn manis(&self) -> Vec<Call> {
        let manis = &self.credentials.manis;
        let merchant = quoted(&format!("x-merchant-id: {}", manis.merchant_id));
        let secret = quoted(&format!("x-secret: {}", manis.secret.expose()));
        vec![self.post(
            "manis_create_token",
            "/api/v1/auth/token",
            &format!("-H {merchant} -H {secret}"),
        )]
    }

    async fn oauth(&self) -> Result<Vec<Call>, DemoError> {
        let oauth = &self.credentials.oauth;
        let client = quoted(&format!(
            "{}:{}",
            oauth.client_id,
            oauth.client_secret.expose()
        ));
        let token = quoted(&format!("token={}", self.pnut_token().await?));
        let form = format!("-u {client} -d {token}");
        Ok(vec![
            self.post("oauth_introspect_token", "/oauth/introspect", &form),
            self.post("oauth_revoke_token", "/oauth/revoke", &form),
            self.get("oauth_list_keys", "/.well-known/jwks.json", ""),
            self.get(
                "oauth_get_metadata",
                "/.well-known/oauth-authorization-server",
                "",
            ),
        ])
    }

    fn pnut_password_grant(&self) -> [(&'static str, &str); 6] {
        let pnut = &self.credentials.pnut;
        [
            ("grant_type", "password"),
            ("client_id", &pnut.client_id),
            ("password_grant_secret", pnut.password_grant_secret.expose()),
            ("username", &pnut.username),
            ("password", pnut.password.expose()),
            ("scope", "basic,email"),
        ]
    }

    async fn pnut_token(&self) -> Result<String, DemoError> {
        let operation = "pnut_create_access_token";
        let form = serde_urlencoded::to_string(self.pnut_password_grant())
            .map_err(|_| DemoError::Trial(operation))?;
        let request = post("/v1/oauth/access_token", FORM).body(form);
        let answer = self.ask(operation, request).await?;
        member(answer, "access_token", operation).await
    }

    /// Asks the server itself, without a socket.
    async fn ask(&self, operation: &'static str, request: Request) -> Result<Response, DemoError> {
        let answer = self.server.ask(request).await;
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(DemoError::Trial(operation))
        }
    }

    fn post_json(&self, operation: &'static str, path: &str, options: &str, body: &Value) -> Call {
        let body = quoted(&body.to_string());
        let gap = if options.is_empty() { "" } else { " " };
        let options = format!("{options}{gap}-H 'Content-Type: application/json' -d {body}");
        self.post(operation, path, &options)
    }

    fn post(&self, operation: &'static str, path: &str, options: &str) -> Call {
        self.call(operation, "-X POST", path, options)
    }

    fn get(&self, operation: &'static str, path: &str, options: &str) -> Call {
        self.call(operation, "", path, options)
    }

    fn call(&self, operation: &'static str, method: &str, path: &str, options: &str) -> Call {
        let url = quoted(&format!("{}{path}", self.base));
        let parts = ["curl -sS -i", method, &url, options];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Call {
            operation,
            curl: parts.join(" "),
        }
    }
}

const JSON: &str = "application/json";

const FORM: &str = "application/x-www-form-urlencoded";

fn post(path: &'static str, media_type: &'static str) -> RequestBuilder {
    Request::builder()
        .method(Method::POST)
        .uri_str(path)
        .content_type(media_type)
}

fn bearer(token: &str) -> String {
    format!("-H {}", quoted(&format!("Authorization: Bearer {token}")))
}

/// For a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

async fn member(
    answer: Response,
    name: &str,
    operation: &'static str,
) -> Result<String, DemoError> {
    let body: Option<Value> = answer.into_body().into_json().await.ok();
    body.as_ref()
        .and_then(|body| body.get(name)?.as_str())
        .map(str::to_owned)
        .ok_or(DemoError::Trial(operation))
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
