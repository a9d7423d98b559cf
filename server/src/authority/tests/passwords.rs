//! A changed password: what it ends, what it leaves alone, and what was begun under the old one.

use super::{Bench, MAC, OPAQUE, Outcome, TOKEN, mac_token, nobody};
use crate::authority::{
    IssueError, IssueRequest, IssuedToken, NewSecret, OpenSession, PasswordError, RegistryError,
    SessionError, TokenError,
};
use crate::domain::{Actor, MachineSecret, Principal, PrincipalKind, ScopeSet, SecretPurpose};

/// Somebody in two dialects at once, as far as the core is concerned: a session, a token of its own, and one that speaks for it.
struct Person {
    user: Principal,
    client: Principal,
    session: OpenSession,
    own: IssuedToken,
    spoken_for: IssuedToken,
}

impl Person {
    async fn new(
        bench: &Bench,
        name: &str,
        client: &Principal,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let user = bench.user(name, "old").await?;
        let proven = bench.login(&user, "old").await?;
        let authority = &bench.authority;
        let session = authority
            .sessions()
            .open(&nobody(), MAC, &proven, None)
            .await?;
        let own = authority
            .tokens()
            .issue(&nobody(), mac_token(&user))
            .await?;
        let spoken_for = IssueRequest::opaque(OPAQUE, TOKEN, client.id, "")
            .subject(user.id)
            .scopes(ScopeSet::parse("basic"))
            .granting();
        Ok(Self {
            session,
            own,
            spoken_for: authority.tokens().issue(&nobody(), spoken_for).await?,
            user,
            client: client.clone(),
        })
    }

    /// Whether session, own token, the token that speaks for it, and what it granted are there.
    async fn has(&self, bench: &Bench) -> Result<[bool; 4], Box<dyn std::error::Error>> {
        let authority = &bench.authority;
        let sid = &self.session.signed;
        let session = authority.sessions().find(MAC, sid).await?;
        let lives = async |dialect, token: &IssuedToken| {
            let found = authority
                .tokens()
                .authenticate(dialect, token.token.expose())
                .await;
            match found {
                Ok(_) => Ok(true),
                Err(TokenError::Revoked) => Ok(false),
                Err(other) => Err(other),
            }
        };
        let granted = authority
            .registry()
            .granted_scopes(self.user.id, self.client.id);
        Ok([
            session.is_some(),
            lives(MAC, &self.own).await?,
            lives(OPAQUE, &self.spoken_for).await?,
            granted.await?.is_some(),
        ])
    }
}

async fn app(bench: &Bench) -> Result<Principal, RegistryError> {
    bench.principal(OPAQUE, PrincipalKind::Client, "app").await
}

#[tokio::test]
async fn a_changed_password_ends_that_persons_sessions_and_tokens_and_no_others() -> Outcome {
    let bench = Bench::new().await?;
    let client = app(&bench).await?;
    let operator = Actor::operator();
    let of_client = IssueRequest::opaque(OPAQUE, TOKEN, client.id, "");
    let of_client = bench.authority.tokens().issue(&nobody(), of_client).await?;
    let other = Person::new(&bench, "other", &client).await?;
    for (name, added) in [("replaced", false), ("added", true)] {
        let person = Person::new(&bench, name, &client).await?;
        assert_eq!(person.has(&bench).await?, [true; 4], "{name}");
        let password = NewSecret::password("new");
        if added {
            bench
                .authority
                .registry()
                .add_secret(&operator, &person.user, password)
                .await?;
        } else {
            bench
                .authority
                .registry()
                .replace_secret(&operator, &person.user, password)
                .await?;
        }
        assert_eq!(person.has(&bench).await?, [false; 4], "{name}");
        assert_eq!(
            bench.login(&person.user, "old").await,
            Err(PasswordError::Wrong)
        );
        bench.login(&person.user, "new").await?;
    }
    assert_eq!(other.has(&bench).await?, [true; 4]);
    bench
        .authority
        .tokens()
        .authenticate(OPAQUE, of_client.token.expose())
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_password_that_is_revoked_as_compromised_ends_them_too() -> Outcome {
    let bench = Bench::new().await?;
    let person = Person::new(&bench, "alice", &app(&bench).await?).await?;
    let authority = &bench.authority;
    let passwords = authority
        .registry()
        .secret_ids(&person.user, SecretPurpose::Password);
    let id = passwords.await?.pop().ok_or("no password")?;
    authority
        .registry()
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
        NewSecret::TotpSeed(None),
        NewSecret::Random(MachineSecret::Client),
    ] {
        bench
            .authority
            .registry()
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
        .sessions()
        .find(MAC, &person.session.signed)
        .await?
        .ok_or("no session")?;
    authority
        .registry()
        .add_secret(&Actor::operator(), &person.user, NewSecret::password("new"))
        .await?;
    let opened = authority
        .sessions()
        .open(&nobody(), MAC, &proven, None)
        .await;
    assert_eq!(opened, Err(SessionError::Overtaken));
    for standing in [proven.standing, session.standing()] {
        let request = mac_token(&person.user).standing_on(standing);
        let issued = authority.tokens().issue(&nobody(), request).await;
        assert_eq!(issued, Err(IssueError::Ended));
    }
    assert_eq!(person.has(&bench).await?, [false; 4]);
    Ok(())
}
