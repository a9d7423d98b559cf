//! A changed password, as the dialects see it: the person's sessions and tokens are refused at once, and nobody else's.

use tessera_server::authority::NewSecret;
use tessera_server::domain::{Actor, Dialect, PrincipalKind};

use super::lockouts::{Tried, doors};
use crate::harness::{Guess, New, Tessera, asked, demo_asker};

/// Gives a user another password.
pub async fn change(server: &Tessera, dialect: Dialect, name: &str, keep_tokens: bool) {
    let authority = server.authority();
    let user = authority
        .registry()
        .find_principal(dialect, PrincipalKind::User, name);
    let user = user.await.expect("storage answers").expect("a demo user");
    let password = NewSecret::Password {
        password: "a_new_password".into(),
        keep_tokens,
    };
    authority
        .registry()
        .replace_secret(&Actor::operator(), &user, password)
        .await
        .expect("the password is changed");
}

#[tokio::test]
async fn a_changed_password_ends_what_it_opened_and_nothing_else() {
    for way in doors() {
        let Some(user) = way.door.user else {
            continue;
        };
        asked("passwords", way.trial.dialect(), way.door.name);
        for keep_tokens in [false, true] {
            let server = Tessera::start().await;
            // Of those that cannot live side by side the one that was issued last is looked at.
            let mut tokens = Vec::new();
            for class in way.trial.classes() {
                for _ in 0..2 {
                    tokens.push((class, way.trial.issue(&server, class.name).await));
                }
            }
            let mut live = Vec::new();
            for (class, token) in tokens {
                if way.trial.accepts(&server, &token, &token.text).await {
                    live.push((class, token));
                }
            }
            for class in way.trial.classes() {
                let mut known = live.iter().map(|(known, _)| known.name);
                assert!(known.any(|name| name == class.name), "{}", class.name);
            }
            let name = server.held(user).to_owned();
            let dialect = Dialect::new(way.trial.dialect());
            change(&server, dialect, &name, keep_tokens).await;
            for (class, token) in live {
                let accepted = way.trial.accepts(&server, &token, &token.text).await;
                let expected = keep_tokens || class.ends_upon != Some(New::Password);
                let about = format!("{} {} {keep_tokens}", way.name(), class.name);
                assert_eq!(accepted, expected, "{about}");
                if class.introspected {
                    let asker = demo_asker(&server);
                    let active = asker.is_active(&server, &token.text).await;
                    assert_eq!(active, expected, "{about}");
                }
            }
            let tried = way.try_from(&server, [127, 0, 0, 2], Guess::Right).await;
            assert_eq!(tried, Tried::Wrong, "{}", way.name());
        }
    }
}
