//! Manis: every documented answer, replayed.

use std::num::NonZeroU32;

use serde_json::Value;

use crate::{
    dialects::manis::{TOKEN, ask},
    harness::{Answer, Call, Shape, Tessera, replay::replays, server::START_MS},
};

/// A refusal, its timestamp being the test's clock.
fn refusal(answer: Answer) -> (Answer, Vec<Shape>) {
    let at = Shape::is("/timestamp", "2026-01-02T03:04:05.678Z");
    (answer, vec![at])
}

fn is_in_an_hour(value: &Value) -> bool {
    // JWTs count whole seconds, and `expiresAt` tells the same moment.
    value.as_i64() == Some((START_MS / 1000 + 3600) * 1000)
}

replays! {
    token_is_issued: manis_create_token 200 "token_issued" => async |server| {
        let in_an_hour = Shape::fits("/expiresAt", "an hour from now, in whole seconds", is_in_an_hour);
        (ask(server).send(server).await, vec![Shape::jwt("/token"), in_an_hour])
    };
    secret_is_missing: manis_create_token 400 "secret_missing" => async |server| {
        refusal(Call::post(TOKEN).header("x-merchant-id", "any").send(server).await)
    };
    merchant_id_is_missing: manis_create_token 400 "merchant_id_missing" => async |server| {
        refusal(Call::post(TOKEN).header("x-secret", "any").send(server).await)
    };
    secret_is_repeated: manis_create_token 400 "secret_repeated" => async |server| {
        let secret = server.held("/manis/secret").to_owned();
        refusal(ask(server).header("x-secret", secret).send(server).await)
    };
    header_is_too_large: manis_create_token 400 "header_too_large" => async |server| {
        refusal(ask(server).header("x-large", "x".repeat(9000)).send(server).await)
    };
    secret_is_wrong: manis_create_token 401 "credentials_rejected" => async |server| {
        let merchant = server.held("/manis/merchant_id").to_owned();
        let call = Call::post(TOKEN).header("x-merchant-id", merchant).header("x-secret", "wrong");
        refusal(call.send(server).await)
    };
    called_too_often: manis_create_token 429 "rate_limited" => async |server| {
        *server = Tessera::start_with(|config| config.policy.rates.general.limit = NonZeroU32::MIN).await;
        ask(server).send(server).await.expect(200);
        refusal(ask(server).send(server).await)
    };
    storage_fails: manis_create_token 503 "storage_failure" => async |server| {
        server.break_storage().await;
        refusal(ask(server).send(server).await)
    };
}
