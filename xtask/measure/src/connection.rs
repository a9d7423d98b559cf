//! One HTTP/1.1 connection that is kept alive, written by hand so that asking costs little.
//!
//! Read are answers with a length or in chunks; an answer that breaks off is an error.

use std::io;
use std::net::SocketAddr;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::shot::Answer;

/// A connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    unread: BytesMut,
}

impl Connection {
    /// Opens one.
    ///
    /// # Errors
    /// The system's.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            unread: BytesMut::with_capacity(8192),
        })
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// When the connection breaks, or what comes is no answer.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        let head = self.head().await?;
        let status = head.get(9..12).and_then(|digits| digits.parse().ok());
        let status: u16 = status.ok_or_else(|| malformed("no status"))?;
        let body = if let Some(length) = field(&head, "content-length") {
            let length = length.parse().map_err(|_| malformed("no length"))?;
            self.exactly(length).await?
        } else if field(&head, "transfer-encoding").is_some() {
            self.chunks().await?
        } else if status == 204 {
            Bytes::new()
        } else {
            return Err(malformed("neither length nor chunks"));
        };
        Ok(Answer { status, head, body })
    }

    async fn head(&mut self) -> io::Result<String> {
        let end = self.position(b"\r\n\r\n").await?;
        let head = self.unread.split_to(end);
        self.unread.advance(4);
        String::from_utf8(head.to_vec()).map_err(|_| malformed("a header that is no text"))
    }

    async fn chunks(&mut self) -> io::Result<Bytes> {
        let mut body = BytesMut::new();
        loop {
            let end = self.position(b"\r\n").await?;
            let line = self.unread.split_to(end);
            self.unread.advance(2);
            let digits = std::str::from_utf8(&line).unwrap_or_default().trim();
            let length = usize::from_str_radix(digits, 16);
            let length = length.map_err(|_| malformed("a chunk without a length"))?;
            body.extend_from_slice(&self.exactly(length).await?);
            self.exactly(2).await?;
            if length == 0 {
                return Ok(body.freeze());
            }
        }
    }

    async fn exactly(&mut self, length: usize) -> io::Result<Bytes> {
        while self.unread.len() < length {
            self.more().await?;
        }
        Ok(self.unread.split_to(length).freeze())
    }

    async fn position(&mut self, mark: &[u8]) -> io::Result<usize> {
        loop {
            let found = self
                .unread
                .windows(mark.len())
                .position(|part| part == mark);
            if let Some(at) = found {
                return Ok(at);
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.unread).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

/// The value of a header, whose name is given in lower case.
fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}

fn malformed(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
