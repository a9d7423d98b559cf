//! Why a token is good for nothing is told to operators alone: what callers are answered is the same, byte for byte.

use std::{collections::BTreeSet, time::Duration};

use tessera_server::{
    authority::{Explanation, Extent, Rule, TokenFilter},
    domain::{Actor, TokenId, TokenRecord},
};

use super::{Holder, SUITE};
use crate::harness::{Answer, Asker, Tessera, asked, demo_asker};

/// Everything of an answer but what is new in each.
fn told(answer: &Answer) -> (String, Vec<(String, String)>, Vec<u8>) {
    let new = |name: &str| ["date", "x-request-id"].contains(&name);
    let headers = answer.headers.iter().filter(|(name, _)| !new(name));
    let headers = headers.cloned().collect();
    (answer.status_line.clone(), headers, answer.body.clone())
}

async fn described(
    server: &Tessera,
    asker: &Asker,
    text: &str,
) -> (String, Vec<(String, String)>, Vec<u8>) {
    told(&asker.introspection(text).send(server).await)
}

async fn row(server: &Tessera, text: &str) -> TokenRecord {
    let tokens = server.authority().tokens();
    let filter = TokenFilter {
        hash: Some(tokens.hash_of(&text.to_owned().into())),
        ..TokenFilter::default()
    };
    let found = tokens.list(filter).await.expect("storage answers");
    found.rows.into_iter().next().expect("it was issued here")
}

async fn explained(server: &Tessera, id: &TokenId) -> Explanation {
    let told = server.authority().tokens().explain(id).await;
    told.expect("storage answers").expect("it has a row")
}

#[tokio::test]
async fn why_a_token_is_inactive_is_told_to_operators_alone() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    let operator = Actor::operator();
    let nobody = described(&server, &asker, "nothing-that-anybody-issued").await;
    let mut rules = BTreeSet::new();
    for holder in Holder::all(&server).await {
        let (tokens, registry) = (server.authority().tokens(), server.authority().registry());
        let mut ended: Vec<(Holder, Rule)> = Vec::new();
        let next = holder.another(&server).await;
        let record = row(&server, &next.token.text).await;
        let done = tokens.revoke(&operator, &record, Extent::Token, None).await;
        done.expect("storage answers");
        ended.push((next, Rule::Revoked));
        let next = holder.another(&server).await;
        let record = row(&server, &next.token.text).await;
        let done = tokens.revoke(&operator, &record, Extent::Family, None);
        done.await.expect("storage answers");
        ended.push((next, Rule::FamilyEnded));
        for (holder, rule) in &ended {
            let record = row(&server, &holder.token.text).await;
            let why = explained(&server, &record.id).await;
            let first = why.reasons.first().map(|reason| reason.rule);
            assert_eq!(first, Some(*rule), "{}", holder.name());
        }

        let disabled = holder.another(&server).await;
        let record = row(&server, &disabled.token.text).await;
        let owner = registry.principal(record.principal).await;
        let owner = owner.expect("storage answers").expect("it owns tokens");
        let set = |enabled| registry.set_enabled(&operator, &owner, enabled);
        set(false).await.expect("storage answers");
        let why = explained(&server, &record.id).await;
        rules.extend(why.reasons.iter().map(|reason| reason.rule));
        let answer = described(&server, &asker, &disabled.token.text).await;
        assert_eq!(answer, nobody, "{} of a disabled owner", disabled.name());
        set(true).await.expect("storage answers");

        let signed = holder.another(&server).await;
        let record = row(&server, &signed.token.text).await;
        let keys = registry.signing_keys().await.expect("storage answers");
        let own = keys
            .iter()
            .find(|key| Some(&key.id) == record.key_id.as_ref());
        if let Some(key) = own {
            let rotated = registry.rotate_key(&operator, record.dialect).await;
            rotated.expect("the dialect signs");
            let retired = registry.retire_key(&operator, &key.id, true).await;
            retired.expect("another signs");
            ended.push((signed, Rule::KeyRetired));
        }
        let over = holder.another(&server).await;
        if let Some(end) = row(&server, &over.token.text).await.expires_at_ms {
            let left = u64::try_from(end - server.authority().now_ms()).expect("it lives");
            server.clock.advance(Duration::from_millis(left));
            ended.push((over, Rule::Expired));
        }
        for (holder, rule) in &ended {
            let text = &holder.token.text;
            let answer = described(&server, &asker, text).await;
            assert_eq!(answer, nobody, "{} {rule}", holder.name());
            assert!(
                !holder.is_accepted(&server).await,
                "{} {rule}",
                holder.name()
            );
            let record = row(&server, text).await;
            let why = explained(&server, &record.id).await;
            let broken: Vec<Rule> = why.reasons.iter().map(|reason| reason.rule).collect();
            assert!(broken.contains(rule), "{} {broken:?}", holder.name());
            rules.extend(broken);
        }
        asked(SUITE, holder.dialect(), "told to operators alone");
    }
    for rule in [
        Rule::Revoked,
        Rule::FamilyEnded,
        Rule::OwnerDisabled,
        Rule::KeyRetired,
        Rule::Expired,
    ] {
        assert!(rules.contains(&rule), "{rule}");
    }
}
