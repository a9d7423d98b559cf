//! Who is asked while a measurement is made ready: a server behind a socket, or one of this process.

use std::net::SocketAddr;

use crate::connection::Connection;
use crate::fault::Fault;
use crate::shot::{Answer, Shot};

/// Something that answers.
pub trait Ask {
    /// Asks once.
    fn ask(&mut self, shot: &Shot) -> impl Future<Output = Result<Answer, Fault>>;
}

/// A server behind a socket.
pub struct Behind {
    address: SocketAddr,
    connection: Connection,
}

impl Behind {
    /// Connects.
    ///
    /// # Errors
    /// The system's.
    pub async fn connect(address: SocketAddr) -> Result<Self, Fault> {
        let connection = Connection::open(address).await;
        Ok(Self {
            address,
            connection: connection.map_err(Fault::io("connecting"))?,
        })
    }
}

impl Ask for Behind {
    async fn ask(&mut self, shot: &Shot) -> Result<Answer, Fault> {
        let request = shot.bytes(&self.address.to_string());
        let asked = self.connection.ask(&request).await;
        asked.map_err(Fault::io(&shot.path))
    }
}
