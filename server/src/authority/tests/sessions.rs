//! Sessions: sliding, replacing, closing, and the MAC that an independent implementation agrees with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{Bench, Outcome, START_MS, nobody, secret};
use crate::domain::{Actor, Dialect};

const LIFE_SECS: i64 = 30 * 3600;

#[tokio::test]
async fn session_slides_and_ends() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "pw").await?;
    let proven = bench.login(&user, "pw").await?;
    let open = bench
        .authority
        .open_session(&nobody(), Dialect::Animeloop, &proven, None)
        .await?;
    assert_eq!(
        (open.sid.expose().len(), open.expires_at_ms),
        (32, START_MS + LIFE_SECS * 1000)
    );
    let find = || bench.authority.find_session(Dialect::Animeloop, &open.sid);
    for _ in 0..3 {
        bench.pass(LIFE_SECS - 1);
        assert_eq!(
            find()
                .await?
                .and_then(|session| session.principal)
                .map(|user| user.name)
                .as_deref(),
            Some("alice")
        );
    }
    assert!(
        bench
            .authority
            .find_session(Dialect::Pnut, &open.sid)
            .await?
            .is_none()
    );
    assert!(
        bench
            .reopened()
            .await?
            .find_session(Dialect::Animeloop, &open.sid)
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
                .open_session(&nobody(), Dialect::Animeloop, &proven, replaces)
                .await
        }
    };
    let (first, second) = (open(None).await?, open(None).await?);
    assert_ne!(first.sid, second.sid);
    let presented = first.sid.clone();
    let third = bench
        .authority
        .open_session(&nobody(), Dialect::Animeloop, &proven, Some(&presented))
        .await?;
    let found = |sid| {
        let authority = bench.authority.clone();
        async move {
            authority
                .find_session(Dialect::Animeloop, &sid)
                .await
                .map(|session| session.is_some())
        }
    };
    assert!(
        !found(first.sid).await?
            && found(second.sid.clone()).await?
            && found(third.sid.clone()).await?
    );
    bench
        .authority
        .close_session(&nobody(), Dialect::Animeloop, &second.sid)
        .await?;
    bench
        .authority
        .close_session(&nobody(), Dialect::Animeloop, &second.sid)
        .await?;
    assert!(!found(second.sid).await?);
    bench
        .authority
        .set_enabled(&Actor::operator(), &user, false)
        .await?;
    let session = bench
        .authority
        .find_session(Dialect::Animeloop, &third.sid)
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
        .set_session_secret(&Actor::operator(), secret("tobiiscool"))
        .await?;
    let mac = bench.authority.session_mac("hello");
    assert_eq!(
        STANDARD_NO_PAD.encode(mac),
        "DGDUkGlIkCzPz+C0B064FNgHdEjox7ch8tOBGslZ5QI"
    );
    assert!(bench.authority.verify_session_mac("hello", &mac));
    assert!(!bench.authority.verify_session_mac("hellp", &mac));
    assert!(!bench.authority.verify_session_mac("hello", &mac[..31]));
    assert!(!bench.authority.verify_session_mac("hello", &[]));
    assert_eq!(bench.reopened().await?.session_mac("hello"), mac);
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
        .open_session(&nobody(), Dialect::Animeloop, &proven, None)
        .await?;
    let find = || bench.authority.find_session(Dialect::Animeloop, &open.sid);
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
