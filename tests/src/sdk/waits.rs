//! `Retry-After` reaches the caller as a wait, whatever the answer's body is.

use super::{
    Exchanges, JSON, dialect_of, example, json_refusals, one_call_of_each, one_call_of_each_dialect,
};

/// `Retry-After` as the caller of each dialect gets it, from an answer with these headers.
async fn waits(exchanges: &Exchanges, headers: &str, expected: Option<u64>) {
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\n{headers}Content-Length: 14\r\n\r\n<h1>Later</h1>"
    );
    for (operation, case) in one_call_of_each_dialect("answers with a wait", |_| true) {
        let outcome = exchanges.call(&case, &answer).await;
        assert!(outcome.transient, "{} {headers}", operation.id);
        assert_eq!(
            outcome.retry_after, expected,
            "{} {headers:?}",
            operation.id
        );
    }
}

#[tokio::test]
async fn a_wait_in_seconds_is_digits_alone() {
    let exchanges = Exchanges::start().await;
    for (headers, expected) in [
        ("Retry-After: 0\r\n", Some(0)),
        ("Retry-After:   120  \r\n", Some(120)),
        ("Retry-After: 007\r\n", Some(7)),
        // Longer than anybody waits: RFC 9111 §1.2.2 puts 2^31 in place of what overflows.
        ("Retry-After: 2147483649\r\n", Some(2_147_483_648)),
        ("Retry-After: 18446744073709551615\r\n", Some(2_147_483_648)),
        (
            "Retry-After: 99999999999999999999999999\r\n",
            Some(2_147_483_648),
        ),
        ("Retry-After: -1\r\n", None),
        ("Retry-After: +5\r\n", None),
        ("Retry-After: 1.5\r\n", None),
        ("Retry-After: 1e3\r\n", None),
        ("Retry-After: 5s\r\n", None),
        ("Retry-After: 5 6\r\n", None),
        ("Retry-After: soon\r\n", None),
        ("Retry-After: \r\n", None),
        ("Retry-After: \u{663}\r\n", None),
        ("", None),
        // Nobody asks too early who keeps the longest wait; what cannot be read says nothing.
        ("Retry-After: 5\r\nRetry-After: 60\r\n", Some(60)),
        ("Retry-After: 60\r\nRetry-After: 5\r\n", Some(60)),
        ("Retry-After: soon\r\nRetry-After: 60\r\n", Some(60)),
    ] {
        waits(&exchanges, headers, expected).await;
    }
}

#[tokio::test]
async fn a_wait_until_a_date_counts_from_the_answers_own_date() {
    let exchanges = Exchanges::start().await;
    let from = "Date: Sun, 06 Nov 1994 08:49:00 GMT\r\n";
    for (until, expected) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
        // RFC 9110 §5.6.7: the two obsolete forms are read as well.
        ("Sunday, 06-Nov-94 08:49:37 GMT", Some(37)),
        ("Sun Nov  6 08:49:37 1994", Some(37)),
        ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
        ("Sat, 05 Nov 1994 08:49:00 GMT", Some(0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(2_147_483_648)),
        ("Sun, 06 Nov 1994 08:49:37", None),
        ("Sun, 06 Nov 1994 08:49:37 +0100", None),
        ("1994-11-06T08:49:37Z", None),
        ("Sun, 32 Nov 1994 08:49:37 GMT", None),
    ] {
        waits(
            &exchanges,
            &format!("{from}Retry-After: {until}\r\n"),
            expected,
        )
        .await;
    }
}

#[tokio::test]
async fn a_wait_until_a_date_counts_from_now_when_the_answer_has_no_date() {
    let exchanges = Exchanges::start().await;
    for date in ["", "Date: yesterday\r\n"] {
        let past = format!("{date}Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        waits(&exchanges, &past, Some(0)).await;
        let far = format!("{date}Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n");
        waits(&exchanges, &far, Some(2_147_483_648)).await;
    }
}

#[tokio::test]
async fn a_declared_refusal_reads_dates_too() {
    let exchanges = Exchanges::start().await;
    let dates =
        "Date: Sun, 06 Nov 1994 08:49:00 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:00 GMT\r\n";
    let mut asked = Vec::new();
    for (operation, case) in one_call_of_each() {
        for status in json_refusals(&operation) {
            let body = example(&operation, status).to_string();
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status} Refused\r\nContent-Type: {JSON}\r\n{dates}Content-Length: {length}\r\n\r\n{body}"
            );
            let outcome = exchanges.call(&case, &answer).await;
            let about = format!("{} {status}: {}", operation.id, outcome.shown);
            assert_eq!(outcome.variant(), "Refused", "{about}");
            assert_eq!(outcome.retry_after, Some(60), "{about}");
            asked.push(dialect_of(&operation));
        }
    }
    asked.dedup();
    assert!(asked.len() > 1, "only {asked:?} have refusals in JSON");
}
