//! What an operator names: dialects and principals, found by their names.

use super::error::AdminError;
use crate::authority::TokenAuthority;
use crate::dialects::REGISTRATIONS;
use crate::domain::{Dialect, Principal, PrincipalKind};

/// The dialect of that name.
pub(super) fn dialect(name: &str) -> Result<Dialect, String> {
    let known = REGISTRATIONS.iter().map(|dialect| dialect.id);
    let found = known.clone().find(|dialect| dialect.as_str() == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = known.map(Dialect::as_str).collect();
        format!("there is no such dialect; there are {}", names.join(", "))
    })
}

/// The kind of that name.
pub(super) fn kind(name: &str) -> Result<PrincipalKind, String> {
    PrincipalKind::parse(name).ok_or_else(|| {
        let names: Vec<&str> = PrincipalKind::ALL
            .iter()
            .map(|kind| kind.as_str())
            .collect();
        format!("there is no such kind; there are {}", names.join(", "))
    })
}

/// The one principal of that name in a dialect; with several kinds, the kind has to be said.
pub(super) async fn principal(
    authority: &TokenAuthority,
    dialect: Option<Dialect>,
    kind: Option<PrincipalKind>,
    name: &str,
) -> Result<Principal, AdminError> {
    let all = REGISTRATIONS.iter().map(|registered| registered.id);
    let dialects = all.filter(|one| dialect.is_none_or(|dialect| dialect == *one));
    let mut found = Vec::new();
    for dialect in dialects {
        for one in PrincipalKind::ALL {
            if kind.is_none_or(|kind| kind == *one) {
                let registry = authority.registry();
                found.extend(registry.find_principal(dialect, *one, name).await?);
            }
        }
    }
    let several: Vec<String> = found
        .iter()
        .map(|one| format!("{} {}", one.dialect, one.kind))
        .collect();
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(AdminError::Refused(format!(
            "several are called {name} ({}): say --dialect and --kind",
            several.join(", ")
        ))),
        (None, _) => Err(AdminError::NotFound(format!(
            "nobody is called {name}: names are compared as they are written"
        ))),
    }
}
