//! Which dates, issuers and audiences are accepted.

use super::{JwtFault, Rules};
use crate::keys::jwt::tests::{HEADER, check, rules, signed};

#[test]
fn dates_are_numbers_and_a_fraction_lets_nobody_live_longer() {
    for claims in [
        r#"{"exp":"9999999999"}"#,
        r#"{"exp":-1}"#,
        r#"{"exp":9007199254740993}"#,
        r#"{"exp":18446744073709551615}"#,
        r#"{"exp":1e17}"#,
        r#"{"exp":-0.0}"#,
        r#"{"exp":null}"#,
        r#"{"exp":[2000]}"#,
        r#"{"exp":2000,"nbf":"0"}"#,
        r#"{"exp":2000,"iat":true}"#,
    ] {
        assert_eq!(
            check(signed(HEADER, claims).expose(), &rules()).err(),
            Some(JwtFault::Claim),
            "{claims}"
        );
    }
    for claims in [
        r#"{"exp":1e400}"#,
        r#"{"exp":NaN}"#,
        r#"{"exp":2000,"exp":3000}"#,
        "[]",
        "null",
        "{}x",
    ] {
        assert_eq!(
            check(signed(HEADER, claims).expose(), &rules()).err(),
            Some(JwtFault::Malformed),
            "{claims}"
        );
    }
    let cases = [
        (r#"{"exp":1001}"#, None),
        (r#"{"exp":1000}"#, Some(JwtFault::Expired)),
        (r#"{"nbf":1010}"#, None),
        (r#"{"nbf":1011}"#, Some(JwtFault::NotYetValid)),
        (r#"{"iat":1061}"#, Some(JwtFault::NotYetValid)),
        (r#"{"exp":1001.0}"#, None),
        (r#"{"exp":1.001e3}"#, None),
        (r#"{"exp":1000.99999999999999999}"#, Some(JwtFault::Expired)),
        (r#"{"exp":0}"#, Some(JwtFault::Expired)),
        (r#"{"nbf":1009.5}"#, None),
        (
            r#"{"nbf":1010.00000000000000001}"#,
            Some(JwtFault::NotYetValid),
        ),
    ];
    for (claims, fault) in cases {
        assert_eq!(
            check(signed(HEADER, claims).expose(), &rules()).err(),
            fault,
            "{claims}"
        );
    }
    let zero = Rules {
        zero_exp_is_none: true,
        ..rules()
    };
    for (claims, fault) in [
        (r#"{"exp":0}"#, None),
        (r#"{"exp":0.0}"#, None),
        (r#"{"exp":0.5}"#, Some(JwtFault::Expired)),
        (r#"{"exp":-0}"#, Some(JwtFault::Claim)),
        (r#"{"exp":"0"}"#, Some(JwtFault::Claim)),
    ] {
        assert_eq!(
            check(signed(HEADER, claims).expose(), &zero).err(),
            fault,
            "{claims}"
        );
    }
    let required = Rules {
        require_exp: true,
        max_life_secs: Some(300),
        ..rules()
    };
    for (claims, fault) in [
        ("{}", Some(JwtFault::Claim)),
        (r#"{"exp":1300}"#, None),
        (r#"{"exp":1311}"#, Some(JwtFault::TooLong)),
    ] {
        assert_eq!(
            check(signed(HEADER, claims).expose(), &required).err(),
            fault,
            "{claims}"
        );
    }
}

#[test]
fn audience_and_issuer_are_one_string() {
    let wanted = Rules {
        audience: Some("https://a/t"),
        issuer: Some("me"),
        subject: Some("me"),
        ..rules()
    };
    assert!(
        check(
            signed(HEADER, r#"{"iss":"me","sub":"me","aud":"https://a/t"}"#).expose(),
            &wanted
        )
        .is_ok()
    );
    for aud in [
        r#"["https://a/t"]"#,
        r#"["https://a/t","x"]"#,
        r#""https://a/t/""#,
        r#""https://a/""#,
        r#""https://a/tt""#,
        "null",
        "{}",
    ] {
        let token = signed(HEADER, &format!(r#"{{"iss":"me","sub":"me","aud":{aud}}}"#));
        assert_eq!(
            check(token.expose(), &wanted).err(),
            Some(JwtFault::Claim),
            "{aud}"
        );
    }
    for claims in [
        r#"{"iss":"me","sub":"me"}"#,
        r#"{"iss":"me","sub":"you","aud":"https://a/t"}"#,
        r#"{"sub":"me","aud":"https://a/t"}"#,
    ] {
        assert_eq!(
            check(signed(HEADER, claims).expose(), &wanted).err(),
            Some(JwtFault::Claim),
            "{claims}"
        );
    }
}
