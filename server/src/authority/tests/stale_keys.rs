//! A key that another process took away, of which nothing was told yet: what is looked at meanwhile is not believed any longer than that.

use super::{Bench, DIALECTS, Outcome, SELF_SIGNED, SIGNED, TOKEN, nobody};
use crate::authority::{
    Changed, ChangedSecret, Committed, Follower as _, IssueRequest, NewSecret, Store as _,
    TokenError, TokenFacts,
};
use crate::domain::{Actor, Claims, Dialect, PrincipalKind, Secret, SecretPurpose, TokenHash};

impl Bench {
    /// One whose copies are believed, and that learns of what other processes commit by hand alone.
    async fn told_by_hand() -> Result<Self, Box<dyn std::error::Error>> {
        let bench = Self::warm().await?;
        bench.store.follow_no_more();
        while bench.authority.core.cache.is_trusted() {
            tokio::task::yield_now().await;
        }
        bench.authority.believe();
        Ok(bench)
    }

    /// Tells of the newest commit, wherever it was made.
    async fn tell(&self, changed: Changed) -> Outcome {
        let epoch = self.store.look_up(TokenHash([0; 32])).await?.epoch;
        let cache = &self.authority.core.cache;
        cache.committed(&Committed { epoch, changed });
        Ok(())
    }

    /// The first look at a token, which finds it good by a copy of its key, and the look after the news.
    async fn told_after_the_first_look(
        &self,
        (dialect, token): (Dialect, &Secret),
        changed: Changed,
    ) -> Outcome {
        let first = self.authenticated(dialect, token.expose()).await;
        assert!(first.is_ok(), "nobody has told yet: {first:?}");
        self.tell(changed).await?;
        let told = self.authenticated(dialect, token.expose()).await;
        assert_eq!(told, Err(TokenError::Unknown), "{dialect}");
        Ok(())
    }
}

fn claims(_: &TokenFacts) -> Claims {
    Claims::new().with("iss", "i").with("aud", "a")
}

fn named(facts: &TokenFacts) -> Claims {
    Claims::new().with("jti", facts.id.as_str())
}

#[tokio::test]
async fn a_token_that_was_first_looked_at_after_its_key_was_retired_dies_when_that_is_told()
-> Outcome {
    let bench = Bench::told_by_hand().await?;
    let kind = PrincipalKind::Client;
    let svc = bench.principal(SIGNED, kind, "svc").await?;
    let tokens = bench.authority.tokens();
    let request = IssueRequest::jwt(SIGNED, TOKEN, svc.id, claims).audience("a");
    let token = tokens.issue(&nobody(), request).await?;
    tokens.public_keys().await?;
    let (other, operator) = (bench.serving(&DIALECTS).await?, Actor::operator());
    let key = token.record.key_id.as_ref().ok_or("not signed")?;
    other.registry().rotate_key(&operator, SIGNED).await?;
    other.registry().retire_key(&operator, key, true).await?;
    let keys = Changed {
        keys: true,
        ..Changed::default()
    };
    bench
        .told_after_the_first_look((SIGNED, &token.token), keys)
        .await
}

#[tokio::test]
async fn a_token_that_was_first_looked_at_after_its_secret_was_revoked_dies_when_that_is_told()
-> Outcome {
    let bench = Bench::told_by_hand().await?;
    let kind = PrincipalKind::SecretHolder;
    let holder = bench.principal(SELF_SIGNED, kind, "holder").await?;
    let (registry, operator) = (bench.authority.registry(), Actor::operator());
    let secret = NewSecret::HmacKey(None);
    let key = registry.add_secret(&operator, &holder, secret).await?;
    let issued = async || {
        let request = IssueRequest::jwt(SELF_SIGNED, TOKEN, holder.id, named);
        let request = request.signed_with(key.id.clone());
        bench.authority.tokens().issue(&nobody(), request).await
    };
    // Of the first look at another one there is a copy of the secret.
    let (other_token, token) = (issued().await?, issued().await?);
    bench
        .authenticated(SELF_SIGNED, other_token.token.expose())
        .await?;
    let other = bench.serving(&DIALECTS).await?;
    other
        .registry()
        .revoke_secret(&operator, &holder, &key.id)
        .await?;
    let secrets = Changed {
        secrets: vec![ChangedSecret {
            id: key.id,
            principal: holder.id,
            purpose: SecretPurpose::HmacKey,
        }],
        ..Changed::default()
    };
    bench
        .told_after_the_first_look((SELF_SIGNED, &token.token), secrets)
        .await
}
