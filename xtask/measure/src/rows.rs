//! The rows of the table: every operation of the document, on the principals of the demo.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::ask::Ask;
use crate::fault::Fault;
use crate::feed::{Found, LANE, Row, Supply};
use crate::floor;
use crate::shot::Shot;

/// What there is to ask for.
const DOCUMENT: &str = include_str!("../../../openapi/openapi.json");
/// Things that are used up, for one slot.
const MANY: usize = 1500;
/// The same where each takes a password.
const FEW: usize = 24;
/// Connections that make things to be used up.
const PREPARING: usize = 16;
/// Different texts that are no tokens.
const GARBAGE: usize = 500;

/// The bare route that everything is compared with.
#[must_use]
pub fn floor() -> Row {
    let shot = Shot::new("GET", floor::PATH).bearer(floor::TOKEN);
    Row::again(
        "bare poem-openapi bearer route",
        "",
        vec![shot],
        200,
        "active",
    )
}

/// Bare hyper.
#[must_use]
pub fn hyper() -> Row {
    let shot = Shot::new("GET", floor::PATH);
    Row::again("bare hyper", "", vec![shot], 200, "active")
}

/// A client that proves itself by id and secret, and what it may ask for.
struct Client<'a> {
    id: &'a str,
    secret: &'a str,
}

impl<'a> Client<'a> {
    fn of(held: &'a Value, dialect: &str) -> Result<Self, Fault> {
        Ok(Self {
            id: text(held, dialect, "client_id")?,
            secret: text(held, dialect, "client_secret")?,
        })
    }
}

fn text<'a>(held: &'a Value, dialect: &str, name: &str) -> Result<&'a str, Fault> {
    held[dialect][name]
        .as_str()
        .ok_or_else(|| Fault::Answer(format!("the demo's {dialect} holds no {name}")))
}

/// All rows on a server whose demo's principals hold that, with the tokens that they need; what the document has and no row asks for is an error.
///
/// # Errors
/// When the server refuses to make one of them.
pub async fn rows(held: &Value, server: &mut impl Ask) -> Result<Vec<Row>, Fault> {
    let mut rows = vec![
        Row::again(
            "/healthz (the edge alone)",
            "",
            vec![Shot::new("GET", "/healthz")],
            200,
            "",
        )
        .goal(1.18, 1.15, 1.05),
    ];
    rows.extend(pnut(held, server).await?);
    rows.extend(oauth(held, server).await?);
    rows.extend(auth_api(held, server).await?);
    rows.extend(others(held)?);
    rows.extend(animeloop(held, server).await?);
    complete(&rows)?;
    Ok(rows)
}

/// Fails unless every operation of the document has a row.
fn complete(rows: &[Row]) -> Result<(), Fault> {
    let document: Value =
        serde_json::from_str(DOCUMENT).map_err(|error| Fault::Answer(error.to_string()))?;
    let paths = document["paths"].as_object();
    let operations = paths.into_iter().flat_map(|paths| paths.values());
    let ids = operations.filter_map(Value::as_object).flat_map(|path| {
        let operations = path.values();
        operations.filter_map(|operation| operation["operationId"].as_str())
    });
    let asked: BTreeSet<&str> = rows.iter().map(|row| row.operation).collect();
    let missing: Vec<&str> = ids.filter(|id| !asked.contains(id)).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Fault::Answer(format!(
            "no row asks for {}",
            missing.join(", ")
        )))
    }
}

async fn pnut(held: &Value, server: &mut impl Ask) -> Result<Vec<Row>, Fault> {
    let client = Client::of(held, "pnut")?;
    let issue = |fields: &[(&str, &str)]| Shot::new("POST", "/v1/oauth/access_token").form(fields);
    let app = issue(&[
        ("grant_type", "client_credentials"),
        ("client_id", client.id),
        ("client_secret", client.secret),
    ])?;
    let user = issue(&[
        ("grant_type", "password"),
        ("client_id", client.id),
        (
            "password_grant_secret",
            text(held, "pnut", "password_grant_secret")?,
        ),
        ("username", text(held, "pnut", "username")?),
        ("password", text(held, "pnut", "password")?),
        ("scope", "basic,email"),
    ])?;
    let token = server.ask(&user).await?.text_at("/access_token")?;
    let show = |token: &str| Shot::new("GET", "/v1/token").bearer(token);
    let broken = (0..GARBAGE).map(|number| show(&one_letter_off(&token, number)));
    let other = (0..GARBAGE).map(|number| show(&old_shape(number)));
    let delete = Supply {
        issue: user.clone(),
        found: Found::At("/access_token"),
        prepared: FEW,
        at_once: LANE,
        spend: Box::new(|token| Shot::new("DELETE", "/v1/token").bearer(token)),
    };
    let (get, create) = ("pnut_get_token", "pnut_create_access_token");
    Ok(vec![
        Row::again(
            "pnut GET token, warm",
            get,
            vec![show(&token)],
            200,
            "\"scopes\"",
        )
        .goal(18.8, 2.0, 1.4),
        Row::again(
            "garbage in the shape of our tokens",
            get,
            broken.collect(),
            401,
            "",
        )
        .goal(7.2, 1.3, 1.15),
        Row::again(
            "garbage in the shape of older ones",
            get,
            other.collect(),
            401,
            "",
        )
        .goal(7.2, 1.3, 1.15),
        Row::again(
            "pnut client credentials",
            create,
            vec![app],
            200,
            "access_token",
        )
        .goal(46.0, 6.0, 4.0),
        Row::again(
            "pnut password grant",
            create,
            vec![user],
            200,
            "access_token",
        )
        .with_passwords(),
        Row::once("pnut DELETE token", "pnut_delete_token", delete, 200, "").with_passwords(),
    ])
}

async fn oauth(held: &Value, server: &mut impl Ask) -> Result<Vec<Row>, Fault> {
    let (id, secret) = {
        let client = Client::of(held, "oauth")?;
        (client.id.to_owned(), client.secret.to_owned())
    };
    let pnut = Client::of(held, "pnut")?;
    let issue = Shot::new("POST", "/v1/oauth/access_token").form(&[
        ("grant_type", "client_credentials"),
        ("client_id", pnut.id),
        ("client_secret", pnut.secret),
    ])?;
    let token = server.ask(&issue).await?.text_at("/access_token")?;
    let introspect = Shot::new("POST", "/oauth/introspect")
        .basic(&id, &secret)
        .form(&[("token", &token)])?;
    let revoke = Supply {
        issue,
        found: Found::At("/access_token"),
        prepared: MANY,
        at_once: PREPARING,
        spend: Box::new(move |token| {
            let mut shot = Shot::new("POST", "/oauth/revoke").basic(&id, &secret);
            shot = shot.header("content-type", "application/x-www-form-urlencoded");
            shot.body = format!("token={token}");
            shot
        }),
    };
    let metadata = Shot::new("GET", "/.well-known/oauth-authorization-server");
    let keys = Shot::new("GET", "/.well-known/jwks.json");
    Ok(vec![
        Row::again(
            "introspection, warm",
            "oauth_introspect_token",
            vec![introspect],
            200,
            "\"active\":true",
        )
        .goal(25.8, 2.2, 1.5),
        Row::again("JWKS", "oauth_list_keys", vec![keys], 200, "\"keys\"").goal(6.5, 1.2, 1.1),
        Row::again(
            "metadata",
            "oauth_get_metadata",
            vec![metadata],
            200,
            "issuer",
        ),
        Row::once("oauth revoke", "oauth_revoke_token", revoke, 200, ""),
    ])
}

async fn auth_api(held: &Value, server: &mut impl Ask) -> Result<Vec<Row>, Fault> {
    let client = Client::of(held, "auth_api")?;
    let proof = json!({
        "grant_type": "client_credentials",
        "client_id": client.id,
        "client_secret": client.secret,
    });
    let long = Shot::new("POST", "/v1/auth/tokens/long")
        .header("x-client-id", client.id)
        .json(&proof);
    let token = server.ask(&long).await?.text_at("/access_token")?;
    let short = Shot::new("POST", "/v1/auth/tokens/short").bearer(&token);
    let revoke = Supply {
        issue: long.clone(),
        found: Found::At("/token_id"),
        prepared: MANY,
        at_once: PREPARING,
        spend: Box::new(move |id| {
            Shot::new("POST", format!("/v1/auth/tokens/{id}/revoke")).bearer(&token)
        }),
    };
    let (issue_short, issue_long) = ("auth_api_issue_short_token", "auth_api_issue_long_token");
    Ok(vec![
        Row::again(
            "auth-api short (EdDSA)",
            issue_short,
            vec![short],
            201,
            "access_token",
        )
        .goal(68.0, 9.0, 5.0),
        Row::again("auth-api long", issue_long, vec![long], 201, "access_token"),
        Row::once("auth-api revoke", "auth_api_revoke_token", revoke, 204, ""),
    ])
}

fn others(held: &Value) -> Result<Vec<Row>, Fault> {
    let merchant = Shot::new("POST", "/api/v1/auth/token")
        .header("x-merchant-id", text(held, "manis", "merchant_id")?)
        .header("x-secret", text(held, "manis", "secret")?);
    let user = text(held, "token_generator", "user_token")?;
    let permission = json!({
        "abilities": { "album_id": { "Access": { "see": true, "image_list": true } } },
    });
    let two = Shot::new("POST", "/api/v1/token")
        .header("authorization", format!("Token token=\"{user}\""))
        .form(&[("permission", &permission.to_string())])?;
    Ok(vec![
        Row::again(
            "manis issue",
            "manis_create_token",
            vec![merchant],
            200,
            "token",
        )
        .goal(43.0, 8.0, 4.0),
        Row::again(
            "token generator (two tokens)",
            "token_generator_create_token",
            vec![two],
            200,
            "token",
        )
        .goal(129.0, 11.0, 7.0),
    ])
}

async fn animeloop(held: &Value, server: &mut impl Ask) -> Result<Vec<Row>, Fault> {
    let log_in = Shot::new("POST", "/api/v2/auth/login").json(&json!({
        "username": text(held, "animeloop", "username")?,
        "password": text(held, "animeloop", "password")?,
    }));
    let cookie = server.ask(&log_in).await?.cookie()?;
    let at = |method, path: &str| Shot::new(method, path).header("cookie", &cookie);
    server.ask(&at("POST", "/api/v2/auth/token/new")).await?;
    let log_out = Supply {
        issue: log_in.clone(),
        found: Found::Cookie,
        prepared: FEW,
        at_once: LANE,
        spend: Box::new(|cookie| Shot::new("POST", "/api/v2/auth/logout").header("cookie", cookie)),
    };
    let again = |name, operation, method, path| {
        Row::again(name, operation, vec![at(method, path)], 200, "success")
    };
    Ok(vec![
        again(
            "animeloop read token",
            "animeloop_read_token",
            "GET",
            "/api/v2/auth/token",
        ),
        again(
            "animeloop get token",
            "animeloop_get_token",
            "POST",
            "/api/v2/auth/token",
        ),
        again(
            "animeloop revoke token",
            "animeloop_revoke_token",
            "POST",
            "/api/v2/auth/token/revoke",
        ),
        again(
            "animeloop new token",
            "animeloop_create_token",
            "POST",
            "/api/v2/auth/token/new",
        ),
        Row::again(
            "animeloop log-in (a password)",
            "animeloop_create_session",
            vec![log_in],
            200,
            "success",
        )
        .with_passwords(),
        Row::once(
            "animeloop log-out",
            "animeloop_delete_session",
            log_out,
            200,
            "success",
        )
        .with_passwords(),
    ])
}

/// A token with one letter changed: which, and into what, follows from the number.
fn one_letter_off(token: &str, number: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut letters = token.as_bytes().to_vec();
    // Behind whatever stands before the random part.
    let start = letters.len() / 2;
    let at = start + number % (letters.len() - start).max(1);
    let shift = 1 + number / LETTERS.len();
    if let Some(letter) = letters.get_mut(at) {
        let old = LETTERS.iter().position(|one| one == letter).unwrap_or(0);
        *letter = LETTERS[(old + shift) % LETTERS.len()];
    }
    String::from_utf8_lossy(&letters).into_owned()
}

/// As many letters as 32 random bytes have, without any mark of ours.
fn old_shape(number: usize) -> String {
    let letters = "q0vJx7mWc2LpYt9sKdRz4bNfHgUa8eXi1oTjVw6";
    format!("{letters}{number:04}")
}
