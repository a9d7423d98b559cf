//! A changed password ends the tokens of that user and leaves those of the app; a user's two names are guessed at as one.

use super::{DIALECT, TOKEN, app_token, password_grant, password_grant_as, user_token};
use crate::{
    harness::{Call, Tessera},
    rules::passwords::change,
};

#[tokio::test]
async fn a_changed_password_ends_the_tokens_of_that_user_and_leaves_those_of_the_app() {
    for keep_tokens in [false, true] {
        let server = Tessera::start().await;
        let tokens = [
            user_token(&server, "email").await,
            user_token(&server, "").await,
        ];
        let of_app = app_token(&server).await;
        change(&server, DIALECT, "demo", keep_tokens).await;
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

#[tokio::test]
async fn an_e_mail_address_and_the_name_are_one_name() {
    let server = Tessera::start().await;
    let attempt = async |name: &str, password: &str| {
        let call = password_grant_as(&server, name, password, "");
        call.send_from([127, 0, 0, 3], server.address()).await
    };
    let (name, address) = ("demo", "Demo@Example.com");
    for name in [name, address, name, address, address] {
        attempt(name, "not_it_at_all").await.expect(400);
    }
    let password = server.held("/pnut/password");
    for name in [name, address] {
        let locked = attempt(name, password).await.expect(429);
        assert_eq!(locked.header("retry-after"), Some("900"));
    }
}
