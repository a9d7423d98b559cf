//! Why a token is good for nothing is told to operators alone: what callers are answered is the same, byte for byte.

use std::{collections::BTreeSet, time::Duration};

use tessera_server::{
    authority::{Explanation, Extent, Rule, TokenFilter},
    domain::{Actor, TokenId, TokenRecord},
};

use super::Holder;
use crate::harness::{Answer, Asker, Tessera, demo_asker};

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

/// Of a token that its holder signed there is none.
async fn row(server: &Tessera, text: &str) -> Option<TokenRecord> {
    let tokens = server.authority().tokens();
    let filter = TokenFilter {
        hash: Some(tokens.hash_of(&text.to_owned().into())),
        ..TokenFilter::default()
    };
    let found = tokens.list(filter).await.expect("storage answers");
    found.rows.into_iter().next()
}

async fn explained(server: &Tessera, id: &TokenId) -> Explanation {
    let told = server.authority().tokens().explain(id).await;
    told.expect("storage answers").expect("it has a row")
}

/// What makes a token good for nothing, each by itself.
const ENDINGS: [Rule; 5] = [
    Rule::Revoked,
    Rule::FamilyEnded,
    Rule::OwnerDisabled,
    Rule::KeyRetired,
    Rule::Expired,
];

/// Makes a token good for nothing by that rule; `false` for one that it cannot be.
async fn end(server: &Tessera, record: &TokenRecord, rule: Rule) -> bool {
    let (tokens, registry) = (server.authority().tokens(), server.authority().registry());
    let operator = Actor::operator();
    match rule {
        Rule::Revoked | Rule::FamilyEnded => {
            let extent = if rule == Rule::Revoked {
                Extent::Token
            } else {
                Extent::Family
            };
            let done = tokens.revoke(&operator, record, extent, None).await;
            done.expect("storage answers");
        }
        Rule::OwnerDisabled => {
            let owner = registry.principal(record.principal).await;
            let owner = owner.expect("storage answers").expect("it owns tokens");
            let done = registry.set_enabled(&operator, &owner, false).await;
            done.expect("storage answers");
        }
        Rule::KeyRetired => {
            let keys = registry.signing_keys().await.expect("storage answers");
            let mut own = keys.iter().map(|key| &key.id);
            let Some(key) = own.find(|key| record.key_id.as_ref() == Some(*key)) else {
                return false;
            };
            let rotated = registry.rotate_key(&operator, record.dialect).await;
            rotated.expect("the dialect signs");
            let retired = registry.retire_key(&operator, key, true).await;
            retired.expect("another signs");
        }
        Rule::Expired => {
            let Some(end) = record.expires_at_ms else {
                return false;
            };
            let left = u64::try_from(end - server.authority().now_ms()).expect("it lives");
            server.clock.advance(Duration::from_millis(left));
        }
        Rule::DialectNotServed
        | Rule::KeyUnknown
        | Rule::SecretRevoked
        | Rule::ParentEnded
        | Rule::Superseded
        | Rule::NotYetValid
        | Rule::OwnerGone
        | Rule::UserGone
        | Rule::UserDisabled => panic!("nobody ends a token by {rule} here"),
    }
    true
}

#[tokio::test]
async fn why_a_token_is_inactive_is_told_to_operators_alone() {
    let first = Tessera::start().await;
    let classes = Holder::all(&first).await.len();
    drop(first);
    let mut seen = BTreeSet::new();
    for rule in ENDINGS {
        for class in 0..classes {
            // What is done to the one is not to be seen by the other.
            let server = Tessera::start().await;
            let asker = demo_asker(&server);
            let nobody = described(&server, &asker, "nothing-that-anybody-issued").await;
            let holder = Holder::all(&server).await.swap_remove(class);
            let text = &holder.token.text;
            let Some(record) = row(&server, text).await else {
                continue;
            };
            if !end(&server, &record, rule).await {
                continue;
            }
            let name = holder.name();
            let answer = described(&server, &asker, text).await;
            assert_eq!(answer, nobody, "{name} {rule}");
            let why = explained(&server, &record.id).await;
            let first = why.reasons.first().map(|reason| reason.rule);
            assert_eq!(first, Some(rule), "{name}: {:?}", why.reasons);
            seen.insert(rule);
            holder.asked("told to operators alone");
        }
    }
    assert_eq!(seen, BTreeSet::from(ENDINGS));
}
