//! Calls every operation of the dialects it knows against a running demo, one line each; the exit code says whether all went well.
//!
//! `tessera demo --credentials-file demo.json`, then `tour demo.json`.

mod stops;

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Display;
use std::fs::File;
use std::future::IntoFuture;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use serde::Deserialize;
use tessera_client::{CallError, Client, Credential, ResponseValue, Secret, operations};

/// Calls every operation of the dialects it knows at a running demo.
#[derive(Parser)]
struct Arguments {
    /// The file that `tessera demo --credentials-file` wrote.
    credentials_file: PathBuf,
}

/// What the demo writes down.
#[derive(Deserialize)]
struct Demo {
    base_url: String,
    animeloop: AnimeloopUser,
    pnut: PnutApp,
    token_generator: TokenGeneratorCaller,
    auth_api: AuthApiClient,
    manis: ManisMerchant,
    oauth: OauthClient,
}

#[derive(Deserialize)]
struct AnimeloopUser {
    username: String,
    password: Secret,
}

#[derive(Deserialize)]
struct PnutApp {
    client_id: String,
    client_secret: Secret,
    password_grant_secret: Secret,
    username: String,
    password: Secret,
}

#[derive(Deserialize)]
struct TokenGeneratorCaller {
    user_token: Secret,
}

#[derive(Deserialize)]
struct AuthApiClient {
    client_id: String,
    client_secret: Secret,
}

#[derive(Deserialize)]
struct ManisMerchant {
    merchant_id: String,
    secret: Secret,
}

#[derive(Deserialize)]
struct OauthClient {
    client_id: String,
    client_secret: Secret,
}

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match tour(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the tour ended early: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn tour(arguments: &Arguments) -> Outcome<bool> {
    let demo: Demo = serde_json::from_reader(File::open(&arguments.credentials_file)?)?;
    let mut tour = Tour {
        client: Client::new(
            &demo.base_url,
            [
                Credential::oauth_client(demo.oauth.client_id.clone(), &demo.oauth.client_secret),
                Credential::manis(demo.manis.merchant_id.clone(), &demo.manis.secret),
                Credential::token_generator(&demo.token_generator.user_token),
                Credential::auth_api_client(demo.auth_api.client_id.clone()),
            ],
        )?,
        visited: BTreeSet::new(),
        failed: 0,
    };
    let stops = [
        ("animeloop", tour.animeloop(&demo.animeloop).await),
        ("pnut", tour.pnut(&demo.pnut).await),
        ("token_generator", tour.token_generator().await),
        ("auth_api", tour.auth_api(&demo.auth_api).await),
        ("manis", tour.manis().await),
        ("oauth", tour.oauth().await),
    ];
    let known = stops.each_ref().map(|(dialect, _)| *dialect);
    for (dialect, outcome) in stops {
        if let Err(error) = outcome {
            tour.failed += 1;
            println!("FAILED {dialect}: {error}");
        }
    }
    tour.look_back(&known);
    Ok(tour.summary())
}

/// Where the tour stands.
struct Tour {
    client: Client,
    visited: BTreeSet<&'static str>,
    failed: usize,
}

impl Tour {
    /// Makes one call and says how it went.
    async fn see<T, E>(
        &mut self,
        operation: &'static str,
        call: impl IntoFuture<Output = Result<ResponseValue<T>, CallError<E>>>,
    ) -> Outcome<ResponseValue<T>> {
        self.visited.insert(operation);
        match call.await {
            Ok(answer) => {
                println!("ok     {operation}: {}", answer.status());
                Ok(answer)
            }
            Err(error) => Err(format!("{operation}: {error}").into()),
        }
    }

    fn expect(&mut self, fact: impl Display, holds: bool) {
        if holds {
            println!("ok     {fact}");
        } else {
            self.failed += 1;
            println!("FAILED {fact}");
        }
    }

    /// Names the operations that were not called, which is a failure where their dialect is one that the tour knows.
    fn look_back(&mut self, known: &[&str]) {
        let left_out = operations::ALL.iter().map(|operation| operation.id);
        for operation in left_out.filter(|operation| !self.visited.contains(operation)) {
            // Its id begins with its dialect's name.
            let mut names = known.iter().map(|dialect| format!("{dialect}_"));
            if names.any(|name| operation.starts_with(&name)) {
                self.failed += 1;
                println!("FAILED {operation}: not called");
            } else {
                println!(
                    "none   {operation}: not called, of a dialect that this tour does not know"
                );
            }
        }
    }

    fn summary(self) -> bool {
        println!(
            "{} operations, {} failures",
            self.visited.len(),
            self.failed
        );
        self.failed == 0
    }
}
