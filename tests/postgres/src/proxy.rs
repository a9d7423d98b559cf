//! A proxy before a cluster's socket: the network between a server and its database, which can be cut, slow, or lose an answer.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::{Cluster, Database};

/// How PostgreSQL names its socket.
const SOCKET: &str = ".s.PGSQL.5432";

/// What the driver sends to commit, without what says how long it is.
const COMMIT: &[u8] = b"COMMIT\0";

/// What the proxy does with what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Hands it on.
    Pass,
    /// Hands it on after so long.
    Slow(Duration),
    /// Hands nothing on until it behaves otherwise; what came meanwhile is handed on then. Nobody is told.
    Hang,
    /// Closes everything, and whatever is opened.
    Refuse,
    /// Closes the connection on which the next COMMIT comes, which is not handed on, and passes everything again.
    LoseCommit,
    /// Hands the next COMMIT on, closes its connection when it is answered, and passes everything again.
    LoseAnswer,
}

/// A proxy, until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    folder: TempDir,
    behaviour: Arc<watch::Sender<Behaviour>>,
    accepting: AbortHandle,
}

impl Proxy {
    /// A proxy before a server of our own; it runs on the runtime of the caller.
    ///
    /// # Errors
    /// When it cannot be made, or the server is not our own.
    pub fn before(cluster: &Cluster) -> io::Result<Self> {
        let there = cluster.folder().ok_or(io::ErrorKind::Unsupported)?;
        let there = there.join(SOCKET);
        let folder = tempfile::Builder::new()
            .prefix("tessera-proxy-")
            .tempdir()?;
        let listener = UnixListener::bind(folder.path().join(SOCKET))?;
        let behaviour = Arc::new(watch::Sender::new(Behaviour::Pass));
        let accepting = tokio::spawn(accept(listener, there, Arc::clone(&behaviour)));
        Ok(Self {
            folder,
            behaviour,
            accepting: accepting.abort_handle(),
        })
    }

    /// The URL by which a database of that cluster is reached through the proxy.
    #[must_use]
    pub fn url(&self, database: &Database) -> String {
        let folder = self.folder.path().to_string_lossy();
        let folder = utf8_percent_encode(&folder, NON_ALPHANUMERIC);
        let direct = database.url();
        let (to, _) = direct.split_once('?').unwrap_or((direct, ""));
        format!("{to}?host={folder}")
    }

    /// From now on it behaves so.
    pub fn behave(&self, behaviour: Behaviour) {
        self.behaviour.send_replace(behaviour);
    }

    /// How it behaves: it passes everything again once a COMMIT or its answer is lost.
    #[must_use]
    pub fn behaviour(&self) -> Behaviour {
        *self.behaviour.borrow()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.behave(Behaviour::Refuse);
    }
}

async fn accept(listener: UnixListener, there: PathBuf, behaviour: Arc<watch::Sender<Behaviour>>) {
    while let Ok((client, _)) = listener.accept().await {
        if *behaviour.borrow() == Behaviour::Refuse {
            continue;
        }
        let Ok(server) = UnixStream::connect(&there).await else {
            continue;
        };
        tokio::spawn(carry(client, server, Arc::clone(&behaviour)));
    }
}

async fn carry(client: UnixStream, server: UnixStream, behaviour: Arc<watch::Sender<Behaviour>>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let losing = AtomicBool::new(false);
    let refused = async {
        let mut behaviour = behaviour.subscribe();
        let refuses = |behaviour: &Behaviour| *behaviour == Behaviour::Refuse;
        let _ = behaviour.wait_for(refuses).await;
    };
    // The first of them that ends closes both.
    tokio::select! {
        _ = ask(from_client, to_server, &behaviour, &losing) => {}
        _ = answer(from_server, to_client, &behaviour, &losing) => {}
        () = refused => {}
    }
}

async fn ask(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    behaviour: &watch::Sender<Behaviour>,
    losing: &AtomicBool,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let chunk = read(&mut from, &mut buffer).await?;
        hold(behaviour).await;
        if chunk.windows(COMMIT.len()).any(|window| window == COMMIT) {
            let now = *behaviour.borrow();
            match now {
                Behaviour::LoseCommit => {
                    behaviour.send_replace(Behaviour::Pass);
                    return Ok(());
                }
                Behaviour::LoseAnswer => losing.store(true, Ordering::Release),
                Behaviour::Pass | Behaviour::Slow(_) | Behaviour::Hang | Behaviour::Refuse => {}
            }
        }
        to.write_all(chunk).await?;
    }
}

async fn answer(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    behaviour: &watch::Sender<Behaviour>,
    losing: &AtomicBool,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let chunk = read(&mut from, &mut buffer).await?;
        if losing.load(Ordering::Acquire) {
            behaviour.send_replace(Behaviour::Pass);
            return Ok(());
        }
        hold(behaviour).await;
        to.write_all(chunk).await?;
    }
}

async fn read<'a>(from: &mut OwnedReadHalf, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
    let length = from.read(buffer).await?;
    match buffer.get(..length) {
        Some(chunk) if length > 0 => Ok(chunk),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Holds something up for as long as the proxy behaves so.
async fn hold(behaviour: &watch::Sender<Behaviour>) {
    let now = *behaviour.borrow();
    match now {
        Behaviour::Slow(by) => sleep(by).await,
        Behaviour::Hang => {
            let mut behaviour = behaviour.subscribe();
            let _ = behaviour.wait_for(|now| *now != Behaviour::Hang).await;
        }
        Behaviour::Pass | Behaviour::Refuse | Behaviour::LoseCommit | Behaviour::LoseAnswer => {}
    }
}
