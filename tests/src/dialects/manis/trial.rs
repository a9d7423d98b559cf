//! Manis, as the suites for all dialects try it.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;
use tessera_client::Credential;
use tessera_server::domain::{MachineSecret, PrincipalKind};

use super::{DIALECT, ask, clients::Clients, replays::REPLAYED, sdk};
use crate::clients::Spoken;
use crate::harness::{
    Class, Key, Provided, ProvidedSecret, Reach, Tessera, Token, Trial,
    replay::Scenario,
    second,
    trial::{Excuse, Members},
};
use crate::proofs::sdk::case::Case;

/// The trial of manis.
pub const TRIAL: Manis = Manis;

/// See [`TRIAL`].
pub struct Manis;

impl Trial for Manis {
    fn dialect(&self) -> &'static str {
        DIALECT.as_str()
    }

    fn clients(&self) -> Option<&'static dyn Spoken> {
        Some(&Clients)
    }

    fn provided(&self) -> &'static [Provided] {
        const {
            &[Provided {
                kind: "merchant",
                name: "own-merchant",
                held_as: "merchant_id",
                secrets: &[ProvidedSecret::new("merchant_secret", "secret")],
            }]
        }
    }

    fn public(&self) -> &'static [Excuse] {
        &[("merchant_id", NAME)]
    }

    fn public_schemes(&self) -> &'static [Excuse] {
        &[("ManisMerchantId", NAME)]
    }

    fn classes(&self) -> &'static [Class] {
        const { &[Class::token("access", &[])] }
    }

    fn issue<'a>(&'a self, server: &'a Reach, class: &'static str) -> BoxFuture<'a, Token> {
        async move {
            let answer = ask(server).send(server).await.expect(200);
            Token::new(class, answer.string_at("/token"))
        }
        .boxed()
    }

    fn endless(&self) -> &'static [Excuse] {
        &[("access", "no operation of this dialect ends a token")]
    }

    fn keys(&self) -> &'static [Key] {
        const {
            &[
                Key::text("ManisMerchantId", "/manis/merchant_id"),
                Key::text("ManisSecret", "/manis/secret"),
            ]
        }
    }

    fn second<'a>(&'a self, server: &'a Tessera) -> BoxFuture<'a, Members> {
        async move {
            let id = "second-merchant";
            let kind = PrincipalKind::Merchant;
            let merchant = second::principal(server, DIALECT, kind, id, json!({})).await;
            let secret = second::random(server, &merchant, MachineSecret::Merchant).await;
            vec![("merchant_id", id.to_owned()), ("secret", secret)]
        }
        .boxed()
    }

    fn replays(&self) -> &'static [Scenario] {
        REPLAYED
    }

    fn sdk_calls(&self) -> Vec<Case> {
        sdk::cases()
    }

    fn sdk_credentials(&self) -> Vec<Credential> {
        sdk::credentials()
    }
}

const NAME: &str = "it names the merchant";
