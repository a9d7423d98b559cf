//! How a client of the standard endpoints authenticates: by Basic or in the form, in one way only.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tessera_server::domain::{Actor, PrincipalKind};

use super::{INTROSPECT, REVOKE, asker, assert_refused, demo_asker};
use crate::harness::{Call, Tessera};

#[tokio::test]
async fn clients_authenticate_with_basic_or_in_the_form_and_nothing_else() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    let form = [("token", "unknown")];
    let encoded = STANDARD.encode(format!("{}:{}", asker.id, asker.secret));
    for path in [INTROSPECT, REVOKE] {
        let call = || Call::post(path).form(&form);
        assert_refused(&call().send(&server).await, 401, "invalid_client");
        let wrong = call().basic(&asker.id, "wrong").send(&server).await;
        assert_refused(&wrong, 401, "invalid_client");
        let unknown = call().basic("nobody", &asker.secret).send(&server).await;
        assert_eq!(
            (unknown.status, unknown.text()),
            (wrong.status, wrong.text())
        );
        let foreign = call().basic(
            server.held("/auth_api/client_id"),
            server.held("/auth_api/client_secret"),
        );
        assert_refused(&foreign.send(&server).await, 401, "invalid_client");
        for value in [
            format!("Bearer {encoded}"),
            "Basic ***".to_owned(),
            format!("Basic {}", STANDARD.encode("no colon")),
            format!("Basic {}", STANDARD.encode([0xff, b':', 0xff])),
            "Basic".to_owned(),
        ] {
            let answer = call().header("Authorization", value).send(&server).await;
            assert_refused(&answer, 401, "invalid_client");
        }
        let twice = call()
            .basic(&asker.id, &asker.secret)
            .basic(&asker.id, &asker.secret);
        assert_refused(&twice.send(&server).await, 400, "invalid_request");
        let plain = call().header("Authorization", format!("Basic {encoded}"));
        plain.send(&server).await.expect(200);
    }
}

#[tokio::test]
async fn a_client_may_put_its_secret_into_the_form() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    for path in [INTROSPECT, REVOKE] {
        let post = |members: &[(&str, &str)]| {
            let mut form = vec![("token", "unknown")];
            form.extend(members);
            Call::post(path).form(&form)
        };
        let (id, secret) = (asker.id.as_str(), asker.secret.as_str());
        let right = post(&[("client_id", id), ("client_secret", secret)]);
        right.send(&server).await.expect(200);
        for (members, description) in [
            (
                &[("client_id", id)][..],
                "Client authentication is required.",
            ),
            (
                &[("client_secret", secret)],
                "Client authentication is required.",
            ),
            (
                &[("client_id", id), ("client_secret", "")],
                "Client authentication is required.",
            ),
            (
                &[("client_id", ""), ("client_secret", secret)],
                "Client authentication is required.",
            ),
            (
                &[("client_id", id), ("client_secret", "wrong")],
                "The client could not be authenticated.",
            ),
            (
                &[("client_id", "nobody"), ("client_secret", secret)],
                "The client could not be authenticated.",
            ),
            (
                &[
                    ("client_id", server.held("/auth_api/client_id")),
                    ("client_secret", server.held("/auth_api/client_secret")),
                ],
                "The client could not be authenticated.",
            ),
            (
                &[("Client_Id", id), ("Client_Secret", secret)],
                "Client authentication is required.",
            ),
        ] {
            let answer = post(members).send(&server).await;
            assert_refused(&answer, 401, "invalid_client");
            assert_eq!(answer.string_at("/error_description"), description);
            let challenge = answer.header("www-authenticate");
            assert_eq!(challenge, Some("Basic realm=\"tessera\""));
        }
        for member in ["client_id", "client_secret"] {
            let twice = [
                ("client_id", id),
                ("client_secret", secret),
                (member, "again"),
            ];
            assert_refused(&post(&twice).send(&server).await, 400, "invalid_request");
        }
        // The query is no place for secrets.
        let query = format!("{path}?client_id={id}&client_secret={secret}");
        let answer = Call::post(&query).form(&[("token", "unknown")]);
        assert_refused(&answer.send(&server).await, 401, "invalid_client");
    }
}

#[tokio::test]
async fn a_client_authenticates_in_one_way_only() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    for path in [INTROSPECT, REVOKE] {
        let both = |id: &str, secret: &str| {
            let form = [
                ("token", "unknown"),
                ("client_id", id),
                ("client_secret", secret),
            ];
            Call::post(path).basic(&asker.id, &asker.secret).form(&form)
        };
        for call in [
            both(&asker.id, &asker.secret),
            both(&asker.id, "wrong"),
            both("", &asker.secret),
            // RFC 6749 §2.3.1: the id alone proves nothing, but it must not be another's.
            both("nobody", ""),
        ] {
            let answer = call.send(&server).await;
            assert_refused(&answer, 400, "invalid_request");
        }
        both(&asker.id, "").send(&server).await.expect(200);
        // A header that is not understood is not made up for by the form.
        let form = [
            ("token", "unknown"),
            ("client_id", asker.id.as_str()),
            ("client_secret", &asker.secret),
        ];
        let answer = Call::post(path).bearer("x").form(&form).send(&server).await;
        assert_refused(&answer, 401, "invalid_client");
    }
}

#[tokio::test]
async fn a_disabled_client_may_not_ask() {
    let server = Tessera::start().await;
    let asker = asker(&server, "leaver", &["introspect:any"]).await;
    let authority = server.authority();
    let principal = authority
        .registry()
        .find_principal(super::DIALECT, PrincipalKind::Client, "leaver")
        .await
        .expect("storage answers")
        .expect("the client exists");
    authority
        .registry()
        .set_enabled(&Actor::operator(), &principal, false)
        .await
        .expect("a client can be disabled");
    let answer = asker.call(INTROSPECT, "unknown").send(&server).await;
    assert_refused(&answer, 401, "invalid_client");
}
