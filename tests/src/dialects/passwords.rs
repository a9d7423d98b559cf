//! A changed password, as the dialects see it: the person's sessions and tokens are refused at once, and nobody else's.

use tessera_server::authority::NewSecret;
use tessera_server::domain::{Actor, Dialect, PrincipalKind};

use super::pnut::{TOKEN, app_token, password_grant, user_token};
use crate::harness::{
    Call, Tessera,
    animeloop::{self, assert_code, login, new_token, session},
};

const NO_SESSION: i64 = 1_940_103;

async fn change(server: &Tessera, dialect: Dialect, name: &str, keep_tokens: bool) {
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
async fn a_changed_password_ends_animeloops_sessions_and_token() {
    for keep_tokens in [false, true] {
        let server = Tessera::start().await;
        let cookies = [session(&server).await, session(&server).await];
        let token = new_token(&server, &cookies[0]).await;
        change(&server, Dialect::new("animeloop"), "demo_user", keep_tokens).await;
        for cookie in &cookies {
            let answer = animeloop::post(animeloop::TOKEN, cookie)
                .send(&server)
                .await;
            let code = if keep_tokens { 1_320_001 } else { NO_SESSION };
            assert_code(&answer, code);
        }
        let live = server
            .authority()
            .tokens()
            .authenticate(Dialect::new("animeloop"), &token)
            .await;
        assert_eq!(live.is_ok(), keep_tokens, "{live:?}");
        assert_code(&login(&server).send(&server).await, 1_940_106);
    }
}

#[tokio::test]
async fn a_changed_password_ends_pnuts_tokens_of_that_user_and_leaves_those_of_the_app() {
    for keep_tokens in [false, true] {
        let server = Tessera::start().await;
        let tokens = [
            user_token(&server, "email").await,
            user_token(&server, "").await,
        ];
        let of_app = app_token(&server).await;
        change(&server, Dialect::new("pnut"), "demo", keep_tokens).await;
        for token in &tokens {
            let answer = Call::get(TOKEN).bearer(token).send(&server).await;
            let status = if keep_tokens { 200 } else { 401 };
            assert_eq!(answer.status, status, "{}", answer.text());
        }
        // An app's token is known, and not enough there.
        let answer = Call::get(TOKEN).bearer(&of_app).send(&server).await;
        assert_eq!(answer.status, 403, "{}", answer.text());
        password_grant(&server, "").send(&server).await.expect(400);
    }
}
