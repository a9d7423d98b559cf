//! Reads when an answer asks its caller to come back: `Retry-After` (RFC 9110 §10.2.3).

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

/// The longest wait: RFC 9111 §1.2.2 puts 2^31 seconds in place of a number that overflows.
const LONGEST: Duration = Duration::from_secs(1 << 31);

/// The longest wait that a `Retry-After` line asks for. A line that is neither seconds nor a date is skipped.
pub(crate) fn wait(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all(RETRY_AFTER).iter();
    lines.filter_map(|line| read(line, headers)).max()
}

/// `secs` as a wait.
pub(crate) fn seconds(secs: u64) -> Duration {
    Duration::from_secs(secs).min(LONGEST)
}

fn read(line: &HeaderValue, headers: &HeaderMap) -> Option<Duration> {
    let text = line.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits fail to parse only when there are too many of them.
        return Some(text.parse().map_or(LONGEST, seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let from = headers.get(DATE).and_then(date).unwrap_or_else(now);
    // A date that has passed asks for no wait.
    let wait = until.duration_since(from).unwrap_or_default();
    Some(wait.min(LONGEST))
}

fn date(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the wait is kept as a duration from the moment the answer came; no later time enters"
)]
fn now() -> SystemTime {
    SystemTime::now()
}
