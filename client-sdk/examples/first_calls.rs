//! The first calls against an authority: a typed answer, a refusal, a session that the client keeps.
//!
//! `first_calls http://127.0.0.1:8080`; the credentials are placeholders, so a demo refuses the first call.

use tessera_client::{Client, Credential, DeclaredHeaders as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let origin = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    let client = Client::new(
        &origin,
        [
            Credential::pnut("a pnut access token"),
            Credential::manis("merchant id", "merchant secret"),
        ],
    )?;

    // Every operation is a builder; awaiting it sends the request, with the credential its dialect asks for.
    let token = client.pnut_get_token().await?;
    println!("{} may {:?}", token.data.user.username, token.data.scopes);
    println!(
        "{:?} more reads in this hour",
        token.x_rate_limit_remaining()
    );

    // Refusals are errors with a status, the dialect's own code and text, and the typed body.
    match client.manis_create_token().await {
        Ok(token) => println!("a token until {}: {:?}", token.expires_at, token.token),
        Err(error) if error.is_transient() => println!("again in {:?}", error.retry_after()),
        Err(error) => println!("{:?} {:?}: {error}", error.status(), error.code()),
    }

    // A login keeps its session; whatever is issued later can be set at any time, for all clones of the client.
    let login = client.animeloop_create_session();
    login
        .body_map(|body| body.username("demo_user").password("demo_password"))
        .await?;
    let token = client.animeloop_create_token().await?;
    println!("{:?}", token.data.token); // "[redacted]"; `expose()` shows it
    Ok(())
}
