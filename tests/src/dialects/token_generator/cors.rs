//! Pages of other origins: an origin that the operator lists may read the answers, which vary by more than that.

use super::user_call;
use crate::{
    harness::Tessera,
    rules::cors::{HOME, assert_readers, listing},
};

#[tokio::test]
async fn a_listed_origin_varies_the_answer_beside_its_coding() {
    let server = Tessera::start_with(|config| {
        config.policy.strict = true;
        listing(config);
    })
    .await;
    let call = user_call(&server).header("Origin", HOME);
    let answer = call.send(&server).await.expect(200);
    assert_readers(&answer, Some(HOME), "a listed origin");
    assert_eq!(answer.header_all("vary"), ["Accept-Encoding", "Origin"]);
}
