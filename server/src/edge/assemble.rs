//! Puts the mounts together: who owns which path, and which operation is counted in which buckets.

use std::sync::Arc;

use poem::http::Method;

use super::{
    Edge, Mount, Mounted, RequestIds,
    pipeline::{OwnedPath, Served},
    route_table::{Draft, Target, document_path},
};
use crate::{
    domain::Monotonic,
    generated::routes::{Bucket, Route},
    limits::Lane,
};

/// Why the mounts do not fit together; a mistake in the program, told at start.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// An operation lies below a base path that another mount owns, so its refusals would be the other's.
    #[error("{mount} has the path {path}, but {owner} owns the base path above it")]
    MisplacedPath {
        /// The mount that brought the path.
        mount: &'static str,
        /// The path.
        path: String,
        /// The mount that owns it.
        owner: &'static str,
    },
    /// Two mounts claim the same base path.
    #[error("{first} and {second} both own the base path {base_path}")]
    SharedBasePath {
        /// The base path.
        base_path: &'static str,
        /// The mount that had it first.
        first: &'static str,
        /// The other one.
        second: &'static str,
    },
    /// An operation that the document does not name, so nobody knows in which bucket it counts.
    #[error("{mount} has {method} {path}, which the document does not name")]
    Undocumented {
        /// The mount that brought it.
        mount: &'static str,
        /// Its method.
        method: Method,
        /// Its path.
        path: String,
    },
    /// No mount owns the base path `/`.
    #[error("no mount owns the base path /")]
    NoFallback,
    /// poem refuses a path.
    #[error("the path {path} cannot be routed: {reason}")]
    Route {
        /// The path.
        path: String,
        /// poem's words.
        reason: String,
    },
}

/// Builds the endpoint that serves every mount; `documented` tells the buckets of operations.
///
/// # Errors
/// When base paths or paths of the mounts contradict each other.
pub fn assemble(
    mounts: Vec<Mount>,
    documented: &[Route],
    clock: Arc<dyn Monotonic>,
    ids: Arc<dyn RequestIds>,
) -> Result<Edge, AssembleError> {
    let owners = owners(&mounts)?;
    let mut table = Draft::default();
    let mut mounted = Vec::new();
    let mut served = Vec::new();
    for (index, mount) in mounts.into_iter().enumerate() {
        for (endpoint, (path, method)) in mount.owner.routes().into_iter().enumerate() {
            if let Some(owned) = owners.iter().find(|owned| owned.holds(&path))
                && owned.index != index
            {
                return Err(AssembleError::MisplacedPath {
                    mount: mount.name,
                    path,
                    owner: owned.name,
                });
            }
            let lane = match lane(documented, &path, &method) {
                Some(lane) => lane,
                None if endpoint < mount.documented => {
                    return Err(AssembleError::Undocumented {
                        mount: mount.name,
                        method,
                        path,
                    });
                }
                None => Lane::General,
            };
            table.add(&path, method.clone(), Target { endpoint, lane });
            // The list is made of what is routed, where it is routed: nothing can be served and not be on it.
            mounted.push(Mounted {
                path: document_path(&path),
                method: method.to_string(),
                owner: mount.name,
            });
        }
        served.push(Served::from(mount));
    }
    mounted.sort();
    let table = table
        .finish()
        .map_err(|(path, error)| AssembleError::Route {
            path,
            reason: error.to_string(),
        })?;
    Ok(Edge::new(owners, served, table, mounted, clock, ids))
}

/// Who owns which base path, the longest first.
fn owners(mounts: &[Mount]) -> Result<Vec<OwnedPath>, AssembleError> {
    let mut owners: Vec<OwnedPath> = Vec::new();
    for (index, mount) in mounts.iter().enumerate() {
        for &base_path in mount.base_paths {
            if let Some(held) = owners.iter().find(|held| held.base_path == base_path) {
                return Err(AssembleError::SharedBasePath {
                    base_path,
                    first: held.name,
                    second: mount.name,
                });
            }
            owners.push(OwnedPath {
                base_path,
                name: mount.name,
                index,
            });
        }
    }
    owners.sort_by_key(|owned| std::cmp::Reverse(owned.base_path.len()));
    if owners.iter().any(|owned| owned.base_path == "/") {
        Ok(owners)
    } else {
        Err(AssembleError::NoFallback)
    }
}

/// The buckets that a documented operation is counted in.
fn lane(documented: &[Route], path: &str, method: &Method) -> Option<Lane> {
    let of_operation = |route: &&Route| route.path == path && route.method == method.as_str();
    let route = documented.iter().find(of_operation)?;
    Some(match route.bucket {
        Bucket::TokenReads => Lane::Reads,
        Bucket::Writes => Lane::Writes,
        Bucket::Default => Lane::General,
    })
}
