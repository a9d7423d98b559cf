//! A changed password: what it ends, what it leaves alone, and what was begun under the old one.

use super::{Bench, Outcome, TOKEN, animeloop, nobody};
use crate::authority::{AuthorityError, IssueRequest, IssuedToken, NewSecret, OpenSession};
use crate::domain::{Actor, Dialect, Principal, PrincipalKind, ScopeSet, SecretPurpose};

/// Somebody in two dialects at once, as far as the core is concerned: a session, a token of its own, and one that speaks for it.
struct Person {
    user: Principal,
    client: Principal,
    session: OpenSession,
    own: IssuedToken,
    spoken_for: IssuedToken,
}

impl Person {
    async fn new(bench: &Bench, name: &str, client: &Principal) -> Result<Self, AuthorityError> {
        let user = bench.user(name, "old").await?;
        let proven = bench.login(&user, "old").await?;
        let authority = &bench.authority;
        let session = authority
            .open_session(&nobody(), Dialect::Animeloop, &proven, None)
            .await?;
        let own = authority.issue(&nobody(), animeloop(&user)).await?;
        let spoken_for = IssueRequest::opaque(Dialect::Pnut, TOKEN, client.id, "")
            .subject(user.id)
            .scopes(ScopeSet::parse("basic"))
            .granting();
        Ok(Self {
            session,
            own,
            spoken_for: authority.issue(&nobody(), spoken_for).await?,
            user,
            client: client.clone(),
        })
    }

    /// Whether session, own token, the token that speaks for it, and what it granted are there.
    async fn has(&self, bench: &Bench) -> Result<[bool; 4], AuthorityError> {
        let authority = &bench.authority;
        let sid = &self.session.sid;
        let session = authority.find_session(Dialect::Animeloop, sid).await?;
        let lives = async |dialect, token: &IssuedToken| {
            let found = authority.authenticate(dialect, token.token.expose()).await;
            match found {
                Ok(_) => Ok(true),
                Err(AuthorityError::RevokedToken) => Ok(false),
                Err(other) => Err(other),
            }
        };
        let granted = authority.granted_scopes(self.user.id, self.client.id);
        Ok([
            session.is_some(),
            lives(Dialect::Animeloop, &self.own).await?,
            lives(Dialect::Pnut, &self.spoken_for).await?,
            granted.await?.is_some(),
        ])
    }
}

async fn app(bench: &Bench) -> Result<Principal, AuthorityError> {
    bench
        .principal(Dialect::Pnut, PrincipalKind::Client, "app")
        .await
}

#[tokio::test]
async fn a_changed_password_ends_that_persons_sessions_and_tokens_and_no_others() -> Outcome {
    let bench = Bench::new().await?;
    let client = app(&bench).await?;
    let operator = Actor::operator();
    let of_client = IssueRequest::opaque(Dialect::Pnut, TOKEN, client.id, "");
    let of_client = bench.authority.issue(&nobody(), of_client).await?;
    let other = Person::new(&bench, "other", &client).await?;
    for (name, added) in [("replaced", false), ("added", true)] {
        let person = Person::new(&bench, name, &client).await?;
        assert_eq!(person.has(&bench).await?, [true; 4], "{name}");
        let password = NewSecret::password("new");
        if added {
            bench
                .authority
                .add_secret(&operator, &person.user, password)
                .await?;
        } else {
            bench
                .authority
                .replace_secret(&operator, &person.user, password)
                .await?;
        }
        assert_eq!(person.has(&bench).await?, [false; 4], "{name}");
        assert_eq!(
            bench.login(&person.user, "old").await,
            Err(AuthorityError::WrongSecret)
        );
        bench.login(&person.user, "new").await?;
    }
    assert_eq!(other.has(&bench).await?, [true; 4]);
    bench
        .authority
        .authenticate(Dialect::Pnut, of_client.token.expose())
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_password_that_is_revoked_as_compromised_ends_them_too() -> Outcome {
    let bench = Bench::new().await?;
    let person = Person::new(&bench, "alice", &app(&bench).await?).await?;
    let authority = &bench.authority;
    let passwords = authority.secret_ids(&person.user, SecretPurpose::Password);
    let id = passwords.await?.pop().ok_or("no password")?;
    authority
        .revoke_secret(&Actor::operator(), &person.user, &id)
        .await?;
    assert_eq!(person.has(&bench).await?, [false; 4]);
    Ok(())
}

#[tokio::test]
async fn sessions_and_tokens_are_kept_where_it_is_said_and_by_other_secrets() -> Outcome {
    let bench = Bench::new().await?;
    let person = Person::new(&bench, "alice", &app(&bench).await?).await?;
    for kept in [
        NewSecret::Password {
            password: "new".into(),
            keep_tokens: true,
        },
        NewSecret::TotpSeed,
        NewSecret::Random(SecretPurpose::ClientSecret),
    ] {
        bench
            .authority
            .replace_secret(&Actor::operator(), &person.user, kept)
            .await?;
        assert_eq!(person.has(&bench).await?, [true; 4]);
    }
    Ok(())
}

/// A login, or a token under a session, that is on its way while the password is changed.
#[tokio::test]
async fn what_was_begun_under_the_old_password_is_not_finished() -> Outcome {
    let bench = Bench::new().await?;
    let authority = &bench.authority;
    let person = Person::new(&bench, "alice", &app(&bench).await?).await?;
    let proven = bench.login(&person.user, "old").await?;
    let session = authority
        .find_session(Dialect::Animeloop, &person.session.sid)
        .await?
        .ok_or("no session")?;
    authority
        .add_secret(&Actor::operator(), &person.user, NewSecret::password("new"))
        .await?;
    let opened = authority
        .open_session(&nobody(), Dialect::Animeloop, &proven, None)
        .await;
    assert_eq!(opened, Err(AuthorityError::WrongSecret));
    for standing in [proven.standing, session.standing] {
        let request = animeloop(&person.user).standing_on(standing);
        let issued = authority.issue(&nobody(), request).await;
        assert_eq!(issued, Err(AuthorityError::RevokedToken));
    }
    assert_eq!(person.has(&bench).await?, [false; 4]);
    Ok(())
}
