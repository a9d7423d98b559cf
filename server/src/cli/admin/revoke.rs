//! `tessera admin token revoke`: ends tokens for good, or says what would end.

use std::io::{self, Write as _};

use clap::Args;
use serde_json::{Map, Value};

use super::access::Access;
use super::confirm::confirm;
use super::error::AdminError;
use super::output::{print_one, row};
use super::selected::Selected;
use super::times;
use crate::authority::{
    Introspection, Radius, Revocation, RevokeError, TokenAuthority, TokenFilter,
};
use crate::domain::{Actor, Secret};

/// `token revoke`
#[derive(Debug, Args)]
pub(in crate::cli) struct RevokeArgs {
    #[command(flatten)]
    access: Access,

    #[command(flatten)]
    selected: Selected,

    /// Why, for the audit; 200 characters at most
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Say what would end, and change nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask
    #[arg(long)]
    yes: bool,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Does it.
pub(super) async fn run(args: RevokeArgs) -> Result<(), AdminError> {
    let open = args.access.open().await?;
    let how = How {
        reason: args.reason,
        dry_run: args.dry_run,
        yes: args.yes,
        json: args.json,
    };
    let done = revoke(&open.authority, args.selected, how).await;
    open.close(done).await
}

/// How tokens are ended.
struct How {
    reason: Option<String>,
    dry_run: bool,
    yes: bool,
    json: bool,
}

async fn revoke(
    authority: &TokenAuthority,
    selected: Selected,
    how: How,
) -> Result<(), AdminError> {
    let selection = selected.selection(authority).await?;
    if selection.filter == TokenFilter::default() {
        return Err(AdminError::Refused(
            "say which tokens: --id, --value-stdin, --principal, --client, --dialect, --class, --family or --issued-before"
                .to_owned(),
        ));
    }
    let tokens = authority.tokens();
    let radius = tokens.radius(&selection.filter).await?;
    // Where another flag narrows, a token that it leaves out is not meant.
    let alone = TokenFilter {
        hash: selection.filter.hash,
        ..TokenFilter::default()
    };
    let rowless = radius.token_count() == 0 && selection.filter == alone;
    if let Some(value) = selection.value.filter(|_| rowless) {
        return revoke_presented(authority, &value, how).await;
    }
    if how.dry_run {
        return Ok(print_one(
            shown(authority, &radius, "would_end").await?,
            how.json,
        )?);
    }
    let question = format!(
        "End {} tokens of {} owners and {} sessions for good?",
        radius.token_count(),
        radius.owners.len(),
        radius.sessions
    );
    if radius.token_count() + radius.sessions > 0 {
        confirm(&question, how.yes)?;
    }
    let progress = |count: u64| {
        // A closed stderr is no reason to stop.
        let _ = writeln!(io::stderr(), "{count} tokens have ended");
    };
    let reason = how.reason.as_deref();
    let operator = Actor::operator();
    let ended = tokens.end_all(&operator, &selection.filter, reason, progress);
    let ended = ended.await?;
    Ok(print_one(
        shown(authority, &ended, "ended").await?,
        how.json,
    )?)
}

/// Of a token that its holder signed there is no row, until it is ended.
async fn revoke_presented(
    authority: &TokenAuthority,
    value: &Secret,
    how: How,
) -> Result<(), AdminError> {
    let tokens = authority.tokens();
    let reason = how.reason.as_deref();
    let done = if how.dry_run {
        let live = tokens.introspect(value.expose()).await?;
        matches!(live, Introspection::Active(_))
    } else {
        confirm("End the token for good?", how.yes)?;
        let operator = Actor::operator();
        let ended = tokens.revoke_presented(&operator, value.expose(), None, reason);
        match ended.await {
            Ok(revocation) => revocation == Revocation::Ended,
            Err(RevokeError::Unknown | RevokeError::NotOwner) => false,
            Err(RevokeError::Unavailable) => return Err(AdminError::Unavailable),
        }
    };
    let name = if how.dry_run { "would_end" } else { "ended" };
    Ok(print_one(row([(name, u64::from(done).into())]), how.json)?)
}

/// What ends, or has ended.
async fn shown(
    authority: &TokenAuthority,
    radius: &Radius,
    name: &str,
) -> Result<Map<String, Value>, AdminError> {
    let mut owners = Vec::new();
    for id in radius.owners.iter().take(20) {
        let owner = authority.registry().principal(*id).await?;
        owners.push(owner.map_or_else(|| id.to_string(), |owner| owner.name.clone()));
    }
    let tokens = radius.tokens.iter().map(|((dialect, class), count)| {
        Value::Object(row([
            ("dialect", dialect.as_str().into()),
            ("class", class.as_str().into()),
            ("count", (*count).into()),
        ]))
    });
    Ok(row([
        (name, radius.token_count().into()),
        ("tokens", tokens.collect()),
        ("sessions", radius.sessions.into()),
        ("owners", radius.owners.len().into()),
        ("users", radius.users.len().into()),
        ("owner_names", owners.into()),
        ("newest_issued", radius.newest_ms.map(times::text).into()),
    ]))
}
