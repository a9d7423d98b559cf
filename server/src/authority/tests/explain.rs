//! Why a token is good or not, said to operators alone.

use super::{Bench, OPAQUE, Outcome, SIGNED, TOKEN, nobody};
use crate::authority::{Extent, IssueRequest, IssuedToken, Rule, TokenError, TokenFilter};
use crate::domain::{Actor, Claims, Principal, PrincipalKind};

type TestError = Box<dyn std::error::Error>;

impl Bench {
    async fn of_pair(&self, owner: &Principal) -> Result<IssuedToken, TestError> {
        let request = IssueRequest::jwt(SIGNED, TOKEN, owner.id, |facts| {
            Claims::new()
                .with("aud", "a")
                .with("exp", facts.expires_at_secs())
                .with("jti", facts.id.as_str())
        });
        let request = request.audience("a").lifetime_secs(60);
        Ok(self.authority.tokens().issue(&nobody(), request).await?)
    }

    /// The rules that a token breaks, with who has the first of them on the account, and why.
    async fn broken(
        &self,
        token: &IssuedToken,
    ) -> Result<(Vec<Rule>, Option<i64>, Option<String>), TestError> {
        let told = self.authority.tokens().explain(&token.record.id).await?;
        let told = told.ok_or("no such token")?;
        let first = told.reasons.first();
        let by = first.and_then(|reason| reason.by.as_ref());
        let why = by.map(|by| format!("{} {} {:?}", by.actor.name, by.action, by.reason));
        let since = first.and_then(|reason| reason.since_ms);
        let rules = told.reasons.iter().map(|reason| reason.rule).collect();
        Ok((rules, since, why))
    }
}

#[tokio::test]
async fn each_rule_is_named_with_its_moment_and_who_did_it() -> Outcome {
    let bench = Bench::new().await?;
    let (registry, operator) = (bench.authority.registry(), Actor::operator());
    let tokens = bench.authority.tokens();
    let client = |name| bench.principal(SIGNED, PrincipalKind::Client, name);
    let (one, two) = (client("one").await?, client("two").await?);
    let good = bench.of_pair(&one).await?;
    assert_eq!(bench.broken(&good).await?, (vec![], None, None));
    bench.pass(1);
    let now = bench.authority.now_ms();

    let revoked = bench.of_pair(&one).await?;
    tokens
        .revoke(&operator, &revoked.record, Extent::Token, Some("lost"))
        .await?;
    let by = |text: &str| Some(text.to_owned());
    assert_eq!(
        bench.broken(&revoked).await?,
        (
            vec![Rule::Revoked],
            Some(now),
            by("operator token.revoke Some(\"lost\")")
        )
    );
    let family = bench.of_pair(&one).await?;
    tokens
        .revoke(&operator, &family.record, Extent::Family, None)
        .await?;
    assert_eq!(
        bench.broken(&family).await?,
        (
            vec![Rule::FamilyEnded],
            Some(now),
            by("operator token.revoke_family None")
        )
    );
    let listed = bench.of_pair(&one).await?;
    let filter = TokenFilter {
        id: Some(listed.record.id.clone()),
        ..TokenFilter::default()
    };
    tokens
        .end_all(&operator, &filter, Some("leak"), |_| {})
        .await?;
    assert_eq!(
        bench.broken(&listed).await?.2,
        by("operator token.revoke Some(\"leak\")")
    );
    let disabled = bench.of_pair(&two).await?;
    registry.set_enabled(&operator, &two, false).await?;
    assert_eq!(
        bench.broken(&disabled).await?,
        (
            vec![Rule::OwnerDisabled],
            Some(now),
            by("operator principal.disable None")
        )
    );
    let key = good.record.key_id.clone().ok_or("no key")?;
    registry.rotate_key(&operator, SIGNED).await?;
    registry.retire_key(&operator, &key, true).await?;
    assert_eq!(
        bench.broken(&good).await?,
        (
            vec![Rule::KeyRetired],
            Some(now),
            by("operator key.retire None")
        )
    );
    bench.pass(60);
    let all = [Rule::KeyRetired, Rule::Revoked, Rule::Expired];
    assert_eq!(bench.broken(&revoked).await?.0, all);
    let later = bench.serving(&[OPAQUE]).await?;
    let told = later.tokens().explain(&good.record.id).await?;
    let first = told.and_then(|told| told.reasons.first().map(|reason| reason.rule));
    assert_eq!(first, Some(Rule::DialectNotServed));
    Ok(())
}

#[tokio::test]
async fn what_is_refused_for_is_the_first_rule_that_is_told() -> Outcome {
    let bench = Bench::new().await?;
    let one = bench
        .principal(SIGNED, PrincipalKind::Client, "one")
        .await?;
    let token = bench.of_pair(&one).await?;
    let tokens = bench.authority.tokens();
    let refused = async || {
        let told = tokens.authenticate(SIGNED, token.token.expose()).await;
        told.err()
    };
    bench.pass(61);
    assert_eq!(refused().await, Some(TokenError::Expired));
    assert_eq!(bench.broken(&token).await?.0, [Rule::Expired]);
    let operator = Actor::operator();
    tokens
        .revoke(&operator, &token.record, Extent::Token, None)
        .await?;
    assert_eq!(refused().await, Some(TokenError::Revoked));
    assert_eq!(
        bench.broken(&token).await?.0,
        [Rule::Revoked, Rule::Expired]
    );
    Ok(())
}
