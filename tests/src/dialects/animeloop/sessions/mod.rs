//! The session cookie: its form, its life, and what is no session.

mod cookie;
mod life;
mod logins;
mod presented;

use super::{COOKIE, TOKEN};
use crate::harness::{Call, Tessera};

const NO_SESSION: i64 = 1_940_103;
const NO_TOKEN: i64 = 1_340_401;

/// Sends a `Cookie` header and gives the code of the answer; [`NO_TOKEN`] means the session is good.
async fn code_under(server: &Tessera, header: &str) -> i64 {
    let answer = Call::post(TOKEN)
        .header("Cookie", header)
        .send(server)
        .await;
    assert_eq!(answer.status, 200, "{header}");
    answer.json()["code"].as_i64().expect("a code")
}

async fn is_live(server: &Tessera, cookie: &str) -> bool {
    match code_under(server, &format!("{COOKIE}={cookie}")).await {
        NO_TOKEN => true,
        NO_SESSION => false,
        other => panic!("neither live nor dead: {other}"),
    }
}

/// `s:…` as it stands behind the percent encoding.
fn raw(cookie: &str) -> String {
    percent_encoding::percent_decode_str(cookie)
        .decode_utf8()
        .expect("a cookie is UTF-8")
        .into_owned()
}
