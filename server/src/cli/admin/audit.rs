//! `tessera admin audit …`: who did what.

use std::io::{self, Write as _};

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::access::Access;
use super::chosen;
use super::error::AdminError;
use super::output::{Listing, row};
use super::part::Part;
use super::times;
use crate::authority::{AuditFilter, Page, TokenAuthority};
use crate::domain::{AuditRecord, Dialect, PrincipalKind};

/// Rows that are in memory at once while the audit is exported.
const EXPORTED_AT_ONCE: u64 = 1_000;

/// What is done with the audit.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AuditCommand {
    /// List changes, or refusals, newest first
    List(ListArgs),
    /// Print all of them as JSON lines, newest first
    Export(ExportArgs),
}

/// `audit list`
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    access: Access,

    #[command(flatten)]
    narrowed: Narrowed,

    #[command(flatten)]
    part: Part,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `audit export`
#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    #[command(flatten)]
    access: Access,

    #[command(flatten)]
    narrowed: Narrowed,
}

/// Which rows.
#[derive(Debug, Args)]
struct Narrowed {
    /// Only what that principal did, or what was done to it
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,

    /// The dialect of that principal
    #[arg(long, value_name = "NAME", value_parser = chosen::dialect, requires = "principal")]
    dialect: Option<Dialect>,

    /// The kind of that principal
    #[arg(long, value_name = "KIND", value_parser = chosen::kind, requires = "principal")]
    kind: Option<PrincipalKind>,

    /// Only on the token of that identifier
    #[arg(long, value_name = "ID")]
    token: Option<String>,

    /// Only of that action, such as token.revoke
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,

    /// Only from that moment on
    #[arg(long, value_name = "TIME", value_parser = times::moment)]
    from: Option<i64>,

    /// Only before that moment
    #[arg(long, value_name = "TIME", value_parser = times::moment)]
    before: Option<i64>,

    /// Refusals instead of changes: what was counted up to the last minute
    #[arg(long, conflicts_with_all = ["principal", "token", "action", "from", "before"])]
    refusals: bool,
}

/// Does it.
pub(in crate::cli) async fn run(command: AuditCommand) -> Result<(), AdminError> {
    match command {
        AuditCommand::List(args) => {
            let open = args.access.open().await?;
            let done = list(
                &open.authority,
                args.narrowed,
                (args.part.after, args.part.limit.rows),
            )
            .await;
            let done = done.and_then(|listing| Ok(listing.print(args.json)?));
            open.close(done).await
        }
        AuditCommand::Export(args) => {
            let open = args.access.open().await?;
            let done = export(&open.authority, args.narrowed).await;
            open.close(done).await
        }
    }
}

/// The rows that are asked for, page by page.
struct Asked {
    filter: AuditFilter,
    refusals: bool,
}

impl Asked {
    async fn of(authority: &TokenAuthority, narrowed: Narrowed) -> Result<Self, AdminError> {
        let principal = match &narrowed.principal {
            None => None,
            Some(name) => {
                let (dialect, kind) = (narrowed.dialect, narrowed.kind);
                let found = chosen::principal(authority, dialect, kind, name).await?;
                Some((found.id, found.dialect, found.name))
            }
        };
        Ok(Self {
            filter: AuditFilter {
                principal,
                target: narrowed.token,
                action: narrowed.action,
                from_ms: narrowed.from,
                before_ms: narrowed.before,
                after: None,
                limit: 0,
            },
            refusals: narrowed.refusals,
        })
    }

    async fn page(
        &self,
        authority: &TokenAuthority,
        (after, limit): (Option<i64>, u64),
    ) -> Result<Page<AuditRecord>, AdminError> {
        let upkeep = authority.upkeep();
        if self.refusals {
            return Ok(upkeep.refused(after, limit).await?);
        }
        let filter = AuditFilter {
            after,
            limit,
            ..self.filter.clone()
        };
        Ok(upkeep.changes(filter).await?)
    }
}

async fn list(
    authority: &TokenAuthority,
    narrowed: Narrowed,
    part: (Option<i64>, u64),
) -> Result<Listing, AdminError> {
    let asked = Asked::of(authority, narrowed).await?;
    let page = asked.page(authority, part).await?;
    Ok(Listing {
        rows: page.rows.iter().map(shown).collect(),
        next: page.next.map(|next| next.to_string()),
    })
}

async fn export(authority: &TokenAuthority, narrowed: Narrowed) -> Result<(), AdminError> {
    let asked = Asked::of(authority, narrowed).await?;
    let mut after = None;
    loop {
        let page = asked.page(authority, (after, EXPORTED_AT_ONCE)).await?;
        let mut lines = Vec::new();
        for record in &page.rows {
            writeln!(lines, "{}", Value::Object(shown(record)))?;
        }
        io::stdout().lock().write_all(&lines)?;
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

fn shown(record: &AuditRecord) -> Map<String, Value> {
    row([
        ("at", times::text(record.at_ms).into()),
        ("action", record.action.as_ref().into()),
        ("outcome", record.outcome.as_ref().into()),
        ("count", record.count.into()),
        ("actor", record.actor.name.as_str().into()),
        ("address", record.actor.address.as_deref().into()),
        ("dialect", record.dialect.map(Dialect::as_str).into()),
        ("target", record.target.as_str().into()),
        ("reason", record.reason.as_deref().into()),
    ])
}
