//! Rows of dialects that are served no more: they can be read, listed and swept, and nothing of them is good for anything.

use super::{
    Bench, DIALECTS, MAC, OPAQUE, OPAQUE_TOO, Outcome, SELF_SIGNED, SIGNED, TOKEN, by_name,
    mac_token, nobody, secret,
};
use crate::authority::{
    Introspection, IssueRequest, KeyError, NewSecret, Revocation, TokenAuthority, TokenError,
    TokenFilter,
};
use crate::domain::{Actor, Claims, Dialect, MachineSecret, PrincipalKind, Secret};
use crate::keys::signing::SigningKey;

/// A token of each sort, with its dialect: the last is signed by its holder and has no row.
async fn tokens(bench: &Bench) -> Result<Vec<(Dialect, Secret)>, Box<dyn std::error::Error>> {
    let user = bench.user("alice", "pw").await?;
    let app = bench
        .principal(OPAQUE, PrincipalKind::Client, "app")
        .await?;
    let merchant = bench
        .principal(SIGNED, PrincipalKind::Merchant, "shop")
        .await?;
    let holder = bench
        .principal(SELF_SIGNED, PrincipalKind::SecretHolder, "holder")
        .await?;
    let registry = bench.authority.registry();
    let hmac = registry
        .add_secret(&Actor::operator(), &holder, NewSecret::HmacKey(None))
        .await?;
    let claims = |_: &_| Claims::new().with("aud", "shops");
    let requests = [
        (MAC, mac_token(&user)),
        (OPAQUE, IssueRequest::opaque(OPAQUE, TOKEN, app.id, "")),
        (
            SIGNED,
            IssueRequest::jwt(SIGNED, TOKEN, merchant.id, claims).audience("shops"),
        ),
    ];
    let mut tokens = Vec::new();
    for (dialect, request) in requests {
        let issued = bench.authority.tokens().issue(&nobody(), request).await?;
        tokens.push((dialect, issued.token));
    }
    let signing = SigningKey::hs256(hmac.value.ok_or("no secret")?.as_bytes());
    let claims = Claims::new().with("iss", hmac.id.as_str());
    let signed = signing.sign(r#"{"alg":"HS256"}"#, &claims.to_text())?;
    tokens.push((SELF_SIGNED, signed));
    Ok(tokens)
}

/// How many of the tokens are live, in their own dialect and to whoever introspects: the two must agree.
async fn live(
    authority: &TokenAuthority,
    tokens: &[(Dialect, Secret)],
) -> Result<usize, Box<dyn std::error::Error>> {
    let mut live = 0;
    for (dialect, token) in tokens {
        let own = authority
            .tokens()
            .authenticate(*dialect, token.expose())
            .await;
        let told = authority.tokens().introspect(token.expose()).await?;
        match own {
            Ok(_) => {
                assert!(matches!(told, Introspection::Active(_)), "{dialect}");
                live += 1;
            }
            Err(_) => assert_eq!(told, Introspection::Inactive, "{dialect}"),
        }
    }
    Ok(live)
}

#[tokio::test]
async fn tokens_and_sessions_of_a_dialect_that_is_served_no_more_are_dead_and_its_rows_can_be_read()
-> Outcome {
    let bench = Bench::new().await?;
    let tokens = tokens(&bench).await?;
    let session = {
        let user = bench
            .authority
            .registry()
            .find_principal(MAC, PrincipalKind::User, "alice")
            .await?
            .ok_or("no user")?;
        let proven = bench.login(&user, "pw").await?;
        let sessions = bench.authority.sessions();
        sessions.open(&nobody(), MAC, &proven, None).await?
    };
    // A refusal of a dialect that has a number in no earlier version.
    let app = bench
        .authority
        .registry()
        .find_principal(OPAQUE, PrincipalKind::Client, "app")
        .await?
        .ok_or("no client")?;
    let (caller, operator, wrong) = (nobody(), Actor::operator(), secret("wrong"));
    let claimed = by_name(&app);
    let proofs = bench.authority.proofs();
    let proved = proofs.secret(&caller, claimed, MachineSecret::Client, &wrong);
    assert!(proved.await.is_err());
    bench.authority.upkeep().write_all_refusals().await?;
    assert_eq!(live(&bench.authority, &tokens).await?, tokens.len());
    assert_eq!(bench.authority.tokens().public_keys().await?.len(), 2);

    let later = bench.serving(&[OPAQUE_TOO]).await?;
    assert_eq!(live(&later, &tokens).await?, 0);
    assert_eq!(later.sessions().find(MAC, &session.signed).await?, None);
    assert_eq!(later.tokens().public_keys().await?, []);
    let rotated = later.registry().rotate_key(&operator, SIGNED);
    assert!(matches!(rotated.await, Err(KeyError::SignsNothing)));
    let listed = later.tokens().list(TokenFilter::default()).await?.rows;
    let mut named: Vec<_> = listed.iter().map(|row| row.dialect).collect();
    named.sort_unstable();
    assert_eq!(named, [MAC, OPAQUE, SIGNED]);
    let audit = later.upkeep().audit_rows(100).await?;
    let refused = audit.iter().find(|row| row.outcome == "refused");
    assert_eq!(refused.and_then(|row| row.dialect), Some(OPAQUE));
    assert!(audit.iter().any(|row| row.dialect == Some(SELF_SIGNED)));
    let people = later.registry();
    let known = people.find_principal(SIGNED, PrincipalKind::Merchant, "shop");
    assert!(known.await?.is_some());
    later.upkeep().sweep().await?;

    // It can be ended all the same, and stays so if the dialect comes back.
    let (_, opaque) = tokens.get(1).ok_or("no opaque token")?;
    let ended = later
        .tokens()
        .revoke_presented(&operator, opaque.expose(), None, None);
    assert_eq!(ended.await?, Revocation::Ended);
    let back = bench.serving(&DIALECTS).await?;
    assert_eq!(live(&back, &tokens).await?, tokens.len() - 1);
    let again = back.tokens().authenticate(OPAQUE, opaque.expose()).await;
    assert_eq!(again, Err(TokenError::Revoked));
    assert!(back.sessions().find(MAC, &session.signed).await?.is_some());
    Ok(())
}
