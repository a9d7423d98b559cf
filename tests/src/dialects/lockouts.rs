//! Lock-outs, as each dialect answers them: what a stranger's guesses lock, and for whom.

use std::time::Duration;

use serde_json::json;

use super::{
    auth_api::{body, long_call, one_time_code},
    pnut::password_grant_as,
};
use crate::harness::{
    Call, Tessera,
    animeloop::{self, LOGIN},
};

const HOME: [u8; 4] = [127, 0, 0, 2];
const NEW: [u8; 4] = [127, 0, 0, 3];

/// A way in that is guessed at.
#[derive(Clone, Copy, Debug)]
enum Door {
    Animeloop,
    PnutByName,
    PnutByAddress,
    OneTimeCode,
}

const DOORS: [Door; 4] = [
    Door::Animeloop,
    Door::PnutByName,
    Door::PnutByAddress,
    Door::OneTimeCode,
];

#[derive(Debug, PartialEq)]
enum Tried {
    Accepted,
    Wrong,
    /// For so many seconds.
    Locked(u64),
}

impl Door {
    fn call(self, server: &Tessera, right: bool) -> Call {
        let credentials = &server.credentials;
        let password = |right_one: &str| {
            if right {
                right_one.to_owned()
            } else {
                "not_it_at_all".to_owned()
            }
        };
        match self {
            Self::Animeloop => Call::post(LOGIN).form(&[
                ("username", &credentials.animeloop.username),
                (
                    "password",
                    &password(credentials.animeloop.password.expose()),
                ),
            ]),
            Self::PnutByName | Self::PnutByAddress => {
                let name = match self {
                    Self::PnutByAddress => "Demo@Example.com",
                    Self::PnutByName | Self::Animeloop | Self::OneTimeCode => "demo",
                };
                let password = password(credentials.pnut.password.expose());
                password_grant_as(server, name, &password, "")
            }
            Self::OneTimeCode => {
                let code = if right {
                    one_time_code(server, 0)
                } else {
                    one_time_code(server, 7)
                };
                long_call(&body(server, json!({ "otp_code": code })))
            }
        }
    }

    async fn try_from(self, server: &Tessera, source: [u8; 4], right: bool) -> Tried {
        let call = self.call(server, right);
        let answer = call.send_from(source, server.address()).await;
        if answer.status == 429 {
            let secs = answer
                .header("retry-after")
                .and_then(|secs| secs.parse().ok());
            return Tried::Locked(secs.expect("whole seconds"));
        }
        let accepted = match self {
            Self::Animeloop => answer.json()["code"] == 1_220_001,
            Self::PnutByName | Self::PnutByAddress => answer.status == 200,
            Self::OneTimeCode => answer.status == 201,
        };
        if accepted {
            Tried::Accepted
        } else {
            assert!(
                matches!(answer.status, 200 | 400 | 401),
                "{}",
                answer.text()
            );
            Tried::Wrong
        }
    }

    /// Five failures each at so many addresses, and a sixth that is not looked at.
    async fn attacked_from(self, server: &Tessera, addresses: u8) {
        for last in 0..addresses {
            let source = [127, 0, 9, last + 1];
            for _ in 0..5 {
                let tried = self.try_from(server, source, false).await;
                assert_eq!(tried, Tried::Wrong, "{self:?} from {source:?}");
            }
            let tried = self.try_from(server, source, true).await;
            assert_eq!(tried, Tried::Locked(900), "{self:?} from {source:?}");
        }
    }
}

#[tokio::test]
async fn a_stranger_who_guesses_locks_a_name_at_his_own_address_alone() {
    for door in DOORS {
        let server = Tessera::start().await;
        door.attacked_from(&server, 9).await;
        let tried = door.try_from(&server, NEW, true).await;
        assert_eq!(tried, Tried::Accepted, "{door:?}");
    }
}

#[tokio::test]
async fn fifty_failures_lock_a_name_for_addresses_that_have_not_succeeded_within_thirty_days() {
    for door in DOORS {
        let server = Tessera::start().await;
        let home = async || door.try_from(&server, HOME, true).await;
        assert_eq!(home().await, Tried::Accepted, "{door:?}");
        server
            .clock
            .advance(Duration::from_secs(30 * 24 * 3600 - 1));
        door.attacked_from(&server, 10).await;
        let new = door.try_from(&server, NEW, true).await;
        assert_eq!(new, Tried::Locked(900), "{door:?}");
        assert_eq!(home().await, Tried::Accepted, "{door:?}");
        server.clock.advance(Duration::from_hours(30 * 24));
        door.attacked_from(&server, 10).await;
        assert_eq!(home().await, Tried::Locked(900), "{door:?}");
        server.clock.advance(Duration::from_mins(15));
        assert_eq!(home().await, Tried::Accepted, "{door:?}");
    }
}

#[tokio::test]
async fn an_e_mail_address_and_the_name_are_one_name() {
    let server = Tessera::start().await;
    for door in [Door::PnutByName, Door::PnutByAddress, Door::PnutByName] {
        let tried = door.try_from(&server, NEW, false).await;
        assert_eq!(tried, Tried::Wrong);
    }
    for _ in 0..2 {
        let tried = Door::PnutByAddress.try_from(&server, NEW, false).await;
        assert_eq!(tried, Tried::Wrong);
    }
    for door in [Door::PnutByName, Door::PnutByAddress] {
        assert_eq!(door.try_from(&server, NEW, true).await, Tried::Locked(900));
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_locked_as_one_that_somebody_has() {
    let server = Tessera::start().await;
    let call = Call::post(LOGIN).form(&[("username", "nobody_here"), ("password", "anything")]);
    for last in 1..=10 {
        for _ in 0..5 {
            let answer = call.send_from([127, 0, 9, last], server.address()).await;
            animeloop::assert_code(&answer, 1_940_106);
        }
    }
    call.send_from(NEW, server.address()).await.expect(429);
}
