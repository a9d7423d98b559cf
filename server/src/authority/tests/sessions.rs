//! Sessions: sliding, replacing, closing, and the MAC that an independent implementation agrees with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{Bench, MAC, OPAQUE, Outcome, START_MS, nobody, secret};
use crate::authority::SignedSid;
use crate::authority::sessions::session_mac;
use crate::domain::Actor;

const LIFE_SECS: i64 = 30 * 3600;

#[tokio::test]
async fn session_slides_and_ends() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "pw").await?;
    let proven = bench.login(&user, "pw").await?;
    let open = bench
        .authority
        .sessions()
        .open(&nobody(), MAC, &proven, None)
        .await?;
    assert_eq!(
        (open.signed.sid.expose().len(), open.expires_at_ms),
        (32, START_MS + LIFE_SECS * 1000)
    );
    let find = || bench.authority.sessions().find(MAC, &open.signed);
    for _ in 0..3 {
        bench.pass(LIFE_SECS - 1);
        assert_eq!(
            find()
                .await?
                .and_then(|session| session.principal)
                .map(|user| user.name.clone())
                .as_deref(),
            Some("alice")
        );
    }
    assert!(
        bench
            .authority
            .sessions()
            .find(OPAQUE, &open.signed)
            .await?
            .is_none()
    );
    assert!(
        bench
            .reopened()
            .await?
            .sessions()
            .find(MAC, &open.signed)
            .await?
            .is_some()
    );
    bench.pass(LIFE_SECS);
    assert!(find().await?.is_none());
    Ok(())
}

#[tokio::test]
async fn only_the_presented_session_is_replaced() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "pw").await?;
    let proven = bench.login(&user, "pw").await?;
    let open = |replaces| {
        let (authority, proven) = (bench.authority.clone(), proven.clone());
        async move {
            authority
                .sessions()
                .open(&nobody(), MAC, &proven, replaces)
                .await
        }
    };
    let (first, second) = (open(None).await?, open(None).await?);
    assert_ne!(first.signed.sid, second.signed.sid);
    let presented = first.signed.clone();
    let third = bench
        .authority
        .sessions()
        .open(&nobody(), MAC, &proven, Some(&presented))
        .await?;
    let found = |sid| {
        let authority = bench.authority.clone();
        async move {
            authority
                .sessions()
                .find(MAC, &sid)
                .await
                .map(|session| session.is_some())
        }
    };
    assert!(
        !found(first.signed).await?
            && found(second.signed.clone()).await?
            && found(third.signed.clone()).await?
    );
    let sessions = bench.authority.sessions();
    let session = sessions.find(MAC, &second.signed).await?;
    let session = session.ok_or("session gone")?;
    sessions.close(&nobody(), &session).await?;
    sessions.close(&nobody(), &session).await?;
    let rows = bench.authority.upkeep().audit_rows(100).await?;
    let closed = rows.iter().filter(|row| row.action == "session.close");
    assert_eq!(
        closed.count(),
        1,
        "the second time there was nothing to close"
    );
    assert!(!found(second.signed).await?);
    bench
        .authority
        .registry()
        .set_enabled(&Actor::operator(), &user, false)
        .await?;
    let session = bench
        .authority
        .sessions()
        .find(MAC, &third.signed)
        .await?
        .ok_or("session gone")?;
    assert_eq!(session.principal, None);
    Ok(())
}

#[tokio::test]
async fn mac_is_that_of_cookie_signature() -> Outcome {
    let bench = Bench::new().await?;
    // Vector of the npm package `cookie-signature`: sign('hello', 'tobiiscool').
    bench
        .authority
        .sessions()
        .set_secret(&Actor::operator(), secret("tobiiscool"))
        .await?;
    let key = bench.authority.sessions().secret().await?;
    let mac = session_mac(&key, &secret("hello"));
    assert_eq!(
        STANDARD_NO_PAD.encode(mac),
        "DGDUkGlIkCzPz+C0B064FNgHdEjox7ch8tOBGslZ5QI"
    );
    let again = bench.reopened().await?;
    let key = again.sessions().secret().await?;
    assert_eq!(session_mac(&key, &secret("hello")), mac);
    Ok(())
}

#[tokio::test]
async fn a_session_is_neither_found_nor_replaced_under_another_mac() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "pw").await?;
    let proven = bench.login(&user, "pw").await?;
    let sessions = bench.authority.sessions();
    let open = sessions.open(&nobody(), MAC, &proven, None).await?;
    let SignedSid { sid, mac } = &open.signed;
    let mut bent = mac.clone();
    bent[31] ^= 1;
    for mac in [bent, mac[..31].to_vec(), Vec::new()] {
        let forged = SignedSid {
            sid: sid.clone(),
            mac,
        };
        let found = sessions.find(MAC, &forged).await?;
        assert_eq!(found, None);
        sessions
            .open(&nobody(), MAC, &proven, Some(&forged))
            .await?;
    }
    let found = sessions.find(MAC, &open.signed).await?;
    assert!(found.is_some());
    Ok(())
}

#[tokio::test]
async fn a_session_ends_thirty_days_after_its_login_however_much_it_is_used() -> Outcome {
    const MAX_SECS: i64 = 30 * 24 * 3600;
    let bench = Bench::new().await?;
    let user = bench.user("alice", "pw").await?;
    let proven = bench.login(&user, "pw").await?;
    let open = bench
        .authority
        .sessions()
        .open(&nobody(), MAC, &proven, None)
        .await?;
    let find = || bench.authority.sessions().find(MAC, &open.signed);
    for _ in 0..29 {
        bench.pass(24 * 3600);
        assert!(find().await?.is_some());
    }
    bench.pass(24 * 3600 - 1);
    let last = find().await?.ok_or("ended too early")?;
    assert_eq!(last.expires_at_ms, START_MS + MAX_SECS * 1000);
    bench.pass(1);
    assert!(find().await?.is_none());
    Ok(())
}
