//! pnut: `scope` in a spelling that is not read is refused; other unknown parameters are ignored.

use super::{ACCESS_TOKEN, assert_oauth_refused, password_grant};
use crate::harness::{Call, Tessera};

const MISSPELT: &str = "scope is read from the form field of exactly that name.";

fn grant(server: &Tessera, query: &str, more: &str) -> Call {
    let form = serde_urlencoded::to_string([
        ("grant_type", "password"),
        ("client_id", server.held("/pnut/client_id")),
        (
            "password_grant_secret",
            server.held("/pnut/password_grant_secret"),
        ),
        ("username", server.held("/pnut/username")),
        ("password", server.held("/pnut/password")),
    ])
    .expect("pairs encode");
    Call::post(&format!("{ACCESS_TOKEN}{query}"))
        .body("application/x-www-form-urlencoded", format!("{form}{more}"))
}

#[tokio::test]
async fn a_scope_in_another_spelling_is_refused() {
    let server = Tessera::start().await;
    for more in [
        "&scope[]=basic",
        "&scope%5B%5D=basic",
        "&scope[0]=basic",
        "&scope.x=basic",
        "&scope:0=basic",
        "&Scope=basic",
        "&SCOPE=basic",
        "&scopes=basic",
        "&scopes[]=basic",
        "&Scopes.0=basic",
        "&+scope=basic",
        "&scope+=basic",
        "&scope0=basic",
        "&scope=email&scopes=basic",
        "&scope",
    ] {
        let answer = grant(&server, "", more).send(&server).await;
        assert_eq!(answer.status, 400, "{more}");
        assert_oauth_refused(&answer, 400, "invalid_request", MISSPELT);
    }
    for query in [
        "?scope=basic",
        "?scope",
        "?scope=",
        "?scope[]=basic",
        "?Scope=basic",
        "?scopes=basic",
        "?a=b&sc%6Fpe=basic",
    ] {
        for more in ["", "&scope=email"] {
            let answer = grant(&server, query, more).send(&server).await;
            assert_eq!(answer.status, 400, "{query}{more}");
            assert_oauth_refused(&answer, 400, "invalid_request", MISSPELT);
        }
    }
    let list = grant(&server, "", "&scope[]=basic&scope[]=email");
    assert_eq!(list.send(&server).await.status, 400);
    // The application's own grant reads no scope, and refuses the same.
    let app = Call::post(ACCESS_TOKEN).form(&[
        ("grant_type", "client_credentials"),
        ("client_id", server.held("/pnut/client_id")),
        ("client_secret", server.held("/pnut/client_secret")),
        ("scopes", "basic"),
    ]);
    assert_oauth_refused(&app.send(&server).await, 400, "invalid_request", MISSPELT);
}

#[tokio::test]
async fn other_unknown_parameters_are_ignored() {
    let server = Tessera::start().await;
    for (query, more) in [
        ("", "&scoped=x&telescope=y&x_scope=z"),
        ("", "&other[scope]=x"),
        ("?a=1&%FF=2&scoping=3", "&b[]=x"),
        ("?", "&"),
    ] {
        grant(&server, query, more).send(&server).await.expect(200);
    }
    password_grant(&server, "").send(&server).await.expect(200);
}
