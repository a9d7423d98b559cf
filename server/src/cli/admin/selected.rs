//! Which tokens an operator means: by identifier, by the token itself, or by what they have in common.

use std::io::{self, BufRead as _, Read as _};

use clap::Args;

use super::chosen;
use super::error::AdminError;
use super::times;
use crate::authority::{TokenAuthority, TokenFilter};
use crate::domain::{Dialect, PrincipalKind, Secret, TokenClass, TokenId};

/// More than any token has.
const LONGEST: u64 = 8_192;

/// Which tokens; every flag narrows.
#[derive(Debug, Args)]
pub(super) struct Selected {
    /// The one of that identifier
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// The one that the standard input has, on one line
    #[arg(long)]
    value_stdin: bool,

    /// Those of that principal, and those that speak for it; without another flag but --dialect its sessions end with them
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,

    /// Those that belong to that client
    #[arg(long, value_name = "NAME", conflicts_with = "principal")]
    client: Option<String>,

    /// The kind of that principal or client
    #[arg(long, value_name = "KIND", value_parser = chosen::kind)]
    kind: Option<PrincipalKind>,

    /// Those of that dialect
    #[arg(long, value_name = "NAME", value_parser = chosen::dialect)]
    dialect: Option<Dialect>,

    /// Those of that class, such as long
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,

    /// Those of that family: the identifier of its first token
    #[arg(long, value_name = "ID")]
    family: Option<String>,

    /// Those issued before that moment
    #[arg(long, value_name = "TIME", value_parser = times::moment)]
    issued_before: Option<i64>,
}

/// The selected tokens.
pub(super) struct Selection {
    pub(super) filter: TokenFilter,
    /// The token itself, where it was given.
    pub(super) value: Option<Secret>,
}

impl Selected {
    pub(super) async fn selection(
        self,
        authority: &TokenAuthority,
    ) -> Result<Selection, AdminError> {
        let value = self.value_stdin.then(value_from_stdin).transpose()?;
        let hash = value
            .as_ref()
            .map(|value| authority.tokens().hash_of(value));
        let named = async |name: Option<String>| match name {
            None => Ok::<_, AdminError>(None),
            Some(name) => {
                let found = chosen::principal(authority, self.dialect, self.kind, &name).await?;
                Ok(Some(found.id))
            }
        };
        Ok(Selection {
            filter: TokenFilter {
                id: self.id.map(TokenId::new),
                hash,
                dialect: self.dialect,
                person: named(self.principal).await?,
                principal: named(self.client).await?,
                class: self.class.map(TokenClass::stored),
                family: self.family.map(TokenId::new),
                issued_before_ms: self.issued_before,
                ..TokenFilter::default()
            },
            value,
        })
    }
}

/// The first line of the standard input.
pub(super) fn value_from_stdin() -> Result<Secret, AdminError> {
    let mut line = String::new();
    io::stdin().lock().take(LONGEST).read_line(&mut line)?;
    let value = Secret::new(line.trim());
    if value.expose().is_empty() {
        return Err(AdminError::Refused(
            "the standard input has no token on its first line".to_owned(),
        ));
    }
    Ok(value)
}
