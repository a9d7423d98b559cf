//! `NumericDate` (RFC 7519 §2), read from its digits: a fraction makes nobody's token live longer.

/// Latest date: integers beyond 2^53 lose digits in other languages.
const LATEST: i64 = 1 << 53;

/// Whole seconds of an end, rounded down; `None` for a negative date and for one beyond 2^53.
pub(super) fn end(number: &str) -> Option<i64> {
    read(number).map(|(secs, _)| secs)
}

/// Whole seconds of a beginning, rounded up; `None` as for [`end`].
pub(super) fn beginning(number: &str) -> Option<i64> {
    read(number).map(|(secs, fraction)| secs + i64::from(fraction))
}

/// Whether it is zero, with no fraction at all.
pub(super) fn is_zero(number: &str) -> bool {
    read(number) == Some((0, false))
}

/// The whole seconds of a JSON number, and whether it has a fraction that is not zero.
fn read(number: &str) -> Option<(i64, bool)> {
    if number.starts_with('-') {
        return None;
    }
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some((0, false));
    }
    let exponent = exponent.parse().unwrap_or(if exponent.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    });
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let before_point = i64::try_from(whole.len())
        .ok()?
        .saturating_sub(zeros)
        .saturating_add(exponent);
    if before_point <= 0 {
        return Some((0, true));
    }
    // 2^53 has sixteen digits.
    let before_point = usize::try_from(before_point)
        .ok()
        .filter(|&many| many <= 16)?;
    let (secs, fraction) = significant
        .split_at_checked(before_point)
        .unwrap_or((significant, ""));
    let secs: i64 = format!("{secs:0<before_point$}").parse().ok()?;
    let fraction = fraction.bytes().any(|digit| digit != b'0');
    (secs < LATEST || (secs == LATEST && !fraction)).then_some((secs, fraction))
}

#[cfg(test)]
mod tests {
    use super::{beginning, end, is_zero};

    #[test]
    fn an_end_is_rounded_down_and_a_beginning_up() {
        for (number, down, up) in [
            ("0", 0, 0),
            ("0.0", 0, 0),
            ("0e9", 0, 0),
            ("0.5", 0, 1),
            ("1e-400", 0, 1),
            ("0.05e1", 0, 1),
            ("0.05e2", 5, 5),
            ("1796004696", 1_796_004_696, 1_796_004_696),
            ("1796004696.0", 1_796_004_696, 1_796_004_696),
            ("1796004696.19", 1_796_004_696, 1_796_004_697),
            (
                "1796004696.99999999999999999999",
                1_796_004_696,
                1_796_004_697,
            ),
            (
                "1796004696.00000000000000000001",
                1_796_004_696,
                1_796_004_697,
            ),
            ("1.7960046965e9", 1_796_004_696, 1_796_004_697),
            ("17960046960e-1", 1_796_004_696, 1_796_004_696),
            ("1E+3", 1000, 1000),
            ("9007199254740992", 1 << 53, 1 << 53),
            ("9007199254740992.000", 1 << 53, 1 << 53),
            ("9007199254740991.5", (1 << 53) - 1, 1 << 53),
        ] {
            assert_eq!(
                (end(number), beginning(number)),
                (Some(down), Some(up)),
                "{number}"
            );
        }
    }

    #[test]
    fn negative_dates_and_those_beyond_2_53_are_none() {
        for number in [
            "-1",
            "-0",
            "-0.0",
            "-0.5",
            "9007199254740992.5",
            "9007199254740993",
            "90071992547409930",
            "18446744073709551616",
            "1e17",
            "1e300",
            "1e99999999999999999999",
        ] {
            assert_eq!((end(number), beginning(number)), (None, None), "{number}");
        }
    }

    #[test]
    fn only_zero_is_zero() {
        assert!(["0", "0.0", "0.000e5"].iter().all(|number| is_zero(number)));
        assert!(
            !["0.5", "1e-400", "-0", "1"]
                .iter()
                .any(|number| is_zero(number))
        );
    }
}
