//! Clients that break off, never finish, never read, or come in crowds: what they cost, and whom they keep out.
//!
//! Each test has a server process of its own. Nothing here measures a duration: bytes and descriptors are counted,
//! and a limit of time only says when to give up waiting.

mod crowd;
mod framing;
mod http2;
mod leftovers;
mod server;

use crate::proofs::live::oracle::operations;
use crowd::Crowd;
use server::Victim;

/// An answer that is much larger than what the system takes for a client that does not read.
const LARGE: &str = "/docs/swagger-ui-bundle.js";

/// What a group may cost, in KiB.
const ALLOWED: u64 = 100 * 1024;

/// Time-outs of one second, and no caps. A valid client on a busy machine may be slower than that to begin, so idle has longer.
const SHORT: &[&str] = &[
    "--header-timeout-secs=1",
    "--body-timeout-secs=1",
    "--answer-timeout-secs=1",
    "--idle-timeout-secs=5",
    "--max-connections=off",
    "--max-connections-per-address=off",
];

/// What the members of a crowd send.
enum Message {
    Http1(String),
    Http2(Vec<u8>),
}

/// A crowd sends its message and does nothing more: little memory is used, all are let go, and a valid client is
/// answered throughout.
async fn is_borne(number: usize, message: Message) {
    let (arguments, bytes) = match message {
        Message::Http1(text) => (SHORT.to_vec(), text.into_bytes()),
        Message::Http2(bytes) => ([SHORT, &["--http2=on"]].concat(), bytes),
    };
    let victim = Victim::start(&arguments);
    let regular = victim.regular();
    regular.is_answered().await;
    let before = victim.quiet().await;

    let most = victim.count_most(&before);
    let crowd = Crowd::of(number, victim.address(), &bytes).await;
    // How many are there at once depends on how fast the machine lets them come.
    most.reaches(number / 20 + 1).await;
    victim.lets_go(&before).await;
    drop(crowd);

    let grown = victim.grown(&before);
    assert!(grown < ALLOWED, "memory grew by {grown} KiB");
    regular.was_answered_throughout().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_clients_that_do_not_read_are_let_go() {
    let one = format!("GET {LARGE} HTTP/1.1\r\nHost: x\r\n\r\n");
    is_borne(1000, Message::Http1(one.repeat(4))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_headers_that_are_never_finished_are_let_go() {
    let header = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}", "a".repeat(4096));
    is_borne(2000, Message::Http1(header)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_never_finished_are_let_go() {
    // An operation reads its body only when whatever else it needs is there.
    let mut operations = operations().into_iter();
    let reads = operations.find(|operation| {
        let mut alternatives = operation.security.iter();
        let asks = !operation.security.is_empty();
        let is_open = !asks || alternatives.any(|one| one.schemes.is_empty());
        operation.body.is_some() && is_open
    });
    let reads = reads.expect("some operation reads its body whoever asks");
    let media_type = &reads.body.as_ref().expect("it has a body").media[0].0;
    let (method, path, body) = (&reads.method, &reads.path, "a".repeat(59_000));
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nContent-Length: 60000\r\n\r\n"
    );
    is_borne(500, Message::Http1(format!("{head}{body}"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_say_nothing_are_let_go() {
    is_borne(500, Message::Http1(String::new())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_http2_clients_that_do_not_read_are_let_go() {
    is_borne(1000, Message::Http2(http2::gets(LARGE, 1))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_http2_streams_that_are_not_read_are_let_go() {
    is_borne(10, Message::Http2(http2::gets(LARGE, 100))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_http2_headers_that_are_never_finished_are_let_go() {
    is_borne(2000, Message::Http2(http2::unfinished_header(4096))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http2_is_spoken_only_when_asked_for_and_with_a_hundred_streams_at_most() {
    let victim = Victim::start(&["--http2=on"]);
    let answer = http2::settings_of(victim.address()).await;
    assert_eq!(answer.expect("frames").max_concurrent_streams, Some(100));
    let victim = Victim::start(&[]);
    assert!(http2::settings_of(victim.address()).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_not_read_ends_no_other_on_its_connection() {
    let victim = Victim::start(&["--http2=on", "--answer-timeout-secs=1"]);
    let mut client = http2::Client::to(victim.address()).await;
    client.ask(LARGE).await;
    // More rounds than the time-out lasts.
    for round in 0..30 {
        let number = client.ask("/healthz").await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert!(client.take(number).await, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pings_keep_no_idle_connection() {
    let victim = Victim::start(&["--http2=on", "--idle-timeout-secs=1"]);
    let mut client = http2::Client::to(victim.address()).await;
    let number = client.ask("/healthz").await;
    assert!(client.take(number).await);
    // They would go on for a minute.
    for _ in 0..600 {
        if !client.ping().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the connection is still open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_cannot_keep_another_out() {
    // However few connections there may be, an address has half of them at most.
    for (victim, share) in [
        (Victim::start(&[]), 256),
        (Victim::with_open_files(128, &[]), 32),
        (Victim::start(&["--max-connections=100"]), 50),
    ] {
        let regular = victim.regular();
        regular.is_answered().await;
        let crowd = Crowd::of_one_address(2 * share, victim.address(), b"GE").await;
        crowd.comes_down_to(share).await;
        regular.was_answered_throughout().await;
        assert_eq!(victim.lines_with("as many connections as it may have"), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_wait_while_there_are_as_many_as_there_may_be() {
    let victim = Victim::start(&[
        "--max-connections=8",
        "--header-timeout-secs=1",
        "--idle-timeout-secs=1",
    ]);
    let before = victim.quiet().await;
    let crowd = Crowd::of(100, victim.address(), b"GE").await;
    let most = victim.connections(&before);
    assert!(most <= 8, "{most} connections");
    // It waits behind all of them, and has its turn.
    victim.regular().is_answered().await;
    drop(crowd);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_descriptors_the_server_waits_says_so_once_and_goes_on() {
    let victim =
        Victim::with_open_files(64, &["--max-connections=off", "--header-timeout-secs=60"]);
    // The others wait in the backlog, which may hold no more than 128.
    let crowd = Crowd::of(110, victim.address(), b"GE").await;
    victim.says("no connection can be taken").await;
    let busy = victim.processor_time();
    // What the loop costs while it waits is counted over a number of its waits.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let busy = victim.processor_time() - busy;
    assert!(busy < 50, "{busy} hundredths of a second of two");
    drop(crowd);
    victim.regular().is_answered().await;
    assert_eq!(victim.lines_with("no connection can be taken"), 1);
}
