//! An origin is nothing but an origin, for either way to make a client.

use tessera_client::{Client, Credentials};

#[test]
fn an_origin_is_nothing_but_an_origin() {
    for address in [
        "tokens.example.com",
        "ftp://tokens.example.com",
        "https://user:secret@tokens.example.com",
        "https://user@tokens.example.com",
        "https://tokens.example.com?x=1",
        "https://tokens.example.com?access_token=x",
        "https://tokens.example.com#x",
        "file:///etc/tokens",
    ] {
        let outcome = Client::new(address, Credentials::none());
        let error = outcome.expect_err(address);
        let http = reqwest::Client::builder();
        let outcome = Client::new_with_builder(address, http, Credentials::none());
        let other = outcome.expect_err(address);
        for shown in [format!("{error} {error:?}"), format!("{other} {other:?}")] {
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
}
