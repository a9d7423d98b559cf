//! Moments as operators write and read them: RFC 3339 in UTC.

use chrono::{DateTime, NaiveDate, SecondsFormat};

/// Milliseconds of the epoch, of a moment such as `2026-12-01T10:00:00Z`, or of the beginning of a day such as `2026-12-01` (UTC).
pub(super) fn moment(text: &str) -> Result<i64, String> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(moment.timestamp_millis());
    }
    let day = text.parse::<NaiveDate>().ok();
    let begun = day.and_then(|day| day.and_hms_opt(0, 0, 0));
    let begun = begun.ok_or("write a moment as 2026-12-01T10:00:00Z, or a day as 2026-12-01")?;
    Ok(begun.and_utc().timestamp_millis())
}

/// The text of a moment, milliseconds of the epoch.
pub(super) fn text(at_ms: i64) -> String {
    DateTime::from_timestamp_millis(at_ms).map_or_else(
        || at_ms.to_string(),
        |moment| moment.to_rfc3339_opts(SecondsFormat::Millis, true),
    )
}

#[cfg(test)]
mod tests {
    use super::{moment, text};

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        for (written, at_ms) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2026-11-29T22:32:28.995Z", 1_795_991_548_995),
        ] {
            assert_eq!(moment(written), Ok(at_ms));
            assert_eq!(text(at_ms), written);
        }
        assert_eq!(moment("1970-01-02"), Ok(86_400_000));
        assert_eq!(moment("1970-01-01T02:00:00+02:00"), Ok(0));
        for wrong in ["", "yesterday", "2026-13-01", "1795991548995"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
