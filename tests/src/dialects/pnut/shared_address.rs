//! Clients that share an address, by the rates that pnut tells: behind a proxy each has its own, and nobody pays for the
//! junk of others.

use tessera_server::{
    config::Config,
    edge::{ForwardedHeader, TrustedProxies},
};

use super::{ACCESS_TOKEN, TOKEN, user_token};
use crate::harness::{
    Answer, Call, Reach, Tessera, demo_asker,
    proxy::{Proxy, Telling},
};

const ALICE: [u8; 4] = [127, 0, 0, 2];
const MALLORY: [u8; 4] = [127, 0, 0, 3];

/// Names 127.0.0.1, where the harness's proxies are, as one that tells in this way.
fn believing(config: &mut Config, telling: Telling) {
    config.network.proxies = TrustedProxies {
        networks: vec!["127.0.0.1".parse().expect("an address")],
        header: match telling {
            Telling::Forwarded | Telling::ForwardedAppended => ForwardedHeader::Forwarded,
            Telling::Plain | Telling::PlainAppended => ForwardedHeader::XForwardedFor,
        },
    };
}

async fn proxied(telling: Telling) -> (Tessera, Proxy) {
    let server = Tessera::start_with(|config| believing(config, telling)).await;
    let proxy = Proxy::start(server.address(), telling).await;
    (server, proxy)
}

/// A request for a pnut token that proves nothing.
fn junk() -> Call {
    Call::post(ACCESS_TOKEN).form(&[("grant_type", "x")])
}

fn issue_with(server: &Reach, secret: &str) -> Call {
    Call::post(ACCESS_TOKEN).form(&[
        ("grant_type", "client_credentials"),
        ("client_id", server.held("/pnut/client_id")),
        ("client_secret", secret),
    ])
}

fn issue(server: &Reach) -> Call {
    issue_with(server, server.held("/pnut/client_secret"))
}

#[track_caller]
fn rate(answer: &Answer) -> [&str; 3] {
    ["limit", "remaining", "reset"].map(|name| {
        let name = format!("x-ratelimit-{name}");
        answer.header(&name).expect("pnut tells its rates")
    })
}

#[tokio::test]
async fn behind_a_proxy_twenty_one_junk_posts_block_their_sender_alone() {
    for telling in Telling::ALL {
        let (server, proxy) = proxied(telling).await;
        for _ in 0..20 {
            junk().send_from(MALLORY, proxy.address()).await.expect(400);
        }
        let over = junk().send_from(MALLORY, proxy.address()).await.expect(429);
        assert_eq!(over.header("retry-after"), Some("600"), "{telling:?}");
        // Another client's junk is counted afresh, and its issue by itself.
        let first = junk().send_from(ALICE, proxy.address()).await.expect(400);
        assert_eq!(rate(&first), ["20", "19", "60"], "{telling:?}");
        let issued = issue(&server).send_from(ALICE, proxy.address()).await;
        assert_eq!(rate(&issued.expect(200)), ["20", "19", "60"], "{telling:?}");
    }
}

#[tokio::test]
async fn nobody_becomes_another_by_sending_the_header_itself() {
    for telling in Telling::ALL {
        let (server, proxy) = proxied(telling).await;
        let spoofed = |n: usize| {
            let [own, other] = match telling.header() {
                "Forwarded" => [
                    format!("for=192.0.2.{n}"),
                    format!("for=\"[::{n}]\", for=\""),
                ],
                _ => [
                    format!("192.0.2.{n}"),
                    format!("192.0.2.{n}, 127.0.0.1, ,\""),
                ],
            };
            let value = if n.is_multiple_of(2) { own } else { other };
            let stranger = if telling.header() == "Forwarded" {
                "X-Forwarded-For"
            } else {
                "Forwarded"
            };
            junk()
                .header(telling.header(), value)
                .header(stranger, format!("192.0.2.{n}"))
        };
        // Directly nobody is believed but the proxy; through it only what it added itself.
        for (source, address) in [(ALICE, server.address()), (MALLORY, proxy.address())] {
            for n in 0..20 {
                spoofed(n).send_from(source, address).await.expect(400);
            }
            let over = spoofed(20).send_from(source, address).await;
            assert_eq!(over.status, 429, "{telling:?} {source:?}");
        }
    }
}

#[tokio::test]
async fn the_audit_names_the_client_behind_the_proxy() {
    for telling in Telling::ALL {
        let (server, proxy) = proxied(telling).await;
        let call = issue(&server).header(telling.header(), "192.0.2.1");
        call.send_from(ALICE, proxy.address()).await.expect(200);
        let wrong = issue_with(&server, "wrong");
        wrong.send_from(MALLORY, proxy.address()).await.expect(401);
        let rows = server
            .authority()
            .upkeep()
            .audit_rows(2)
            .await
            .expect("rows");
        let told: Vec<_> = rows
            .iter()
            .map(|row| row.actor.address.as_deref())
            .collect();
        assert_eq!(told, [Some("127.0.0.3"), Some("127.0.0.2")], "{telling:?}");
    }
}

#[tokio::test]
async fn without_a_named_proxy_junk_at_an_address_blocks_no_issue_either() {
    let server = Tessera::start_with(|_| {}).await;
    for _ in 0..20 {
        junk().send(&server).await.expect(400);
    }
    junk().send(&server).await.expect(429);
    let issued = issue(&server).send(&server).await.expect(200);
    assert_eq!(rate(&issued), ["20", "19", "60"]);
    user_token(&server, "").await;
    // Guessing is over there all the same, and what is guessed further is counted in one row.
    for times in 1..=3 {
        let guess = issue_with(&server, "wrong").send(&server).await.expect(429);
        assert_eq!(rate(&guess), ["20", "0", "600"]);
        let rows = server
            .authority()
            .upkeep()
            .audit_rows(100)
            .await
            .expect("rows");
        let refused = rows.iter().filter(|row| row.outcome == "refused");
        assert_eq!(refused.map(|row| row.count).collect::<Vec<_>>(), [times]);
    }
    issue(&server).send(&server).await.expect(200);
}

#[tokio::test]
async fn wrong_secrets_of_an_address_are_answered_so_often_and_no_more() {
    let server = Tessera::start_with(|_| {}).await;
    for _ in 0..20 {
        issue_with(&server, "wrong").send(&server).await.expect(401);
    }
    issue_with(&server, "wrong").send(&server).await.expect(429);
    issue(&server).send(&server).await.expect(200);
}

#[tokio::test]
async fn a_client_has_its_own_twenty_writes() {
    let server = Tessera::start_with(|_| {}).await;
    for _ in 0..20 {
        issue(&server).send(&server).await.expect(200);
    }
    let over = issue(&server).send(&server).await.expect(429);
    assert_eq!(rate(&over), ["20", "0", "600"]);
    // Neither the address nor the client's users pay for it.
    let first = junk().send(&server).await.expect(400);
    assert_eq!(rate(&first), ["20", "19", "60"]);
    user_token(&server, "").await;
}

#[tokio::test]
async fn six_hundred_unknown_paths_block_nothing_but_unknown_paths() {
    let server = Tessera::start_with(|_| {}).await;
    for _ in 0..600 {
        Call::get("/v1/nothing").send(&server).await.expect(404);
    }
    Call::get("/v1/nothing").send(&server).await.expect(429);
    let answer = Call::new("PUT", TOKEN).send(&server).await.expect(429);
    assert_eq!(rate(&answer), ["600", "0", "60"]);
    demo_asker(&server).introspect(&server, "unknown").await;
    Call::get(TOKEN).send(&server).await.expect(401);
    issue(&server).send(&server).await.expect(200);
}
