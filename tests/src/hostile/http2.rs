//! HTTP/2 written frame by frame (RFC 9113), for clients that no library would be.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const HEADERS: u8 = 1;
const DATA: u8 = 0;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short payload");
    let mut bytes = length.to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// The beginning of every connection. A window of one byte: nearly nothing of an answer may be sent.
fn beginning() -> Vec<u8> {
    let mut window = vec![0, 4];
    window.extend(1_u32.to_be_bytes());
    [PREFACE.to_vec(), frame(SETTINGS, 0, 0, &window)].concat()
}

/// `GET`, `http`, the path and the authority (RFC 7541: two indexed fields, two literals).
fn get_header(path: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x86];
    for (name, value) in [(0x04, path), (0x01, "x")] {
        block.push(name);
        block.push(u8::try_from(value.len()).expect("a short value"));
        block.extend(value.bytes());
    }
    block
}

/// A connection that asks for `path` on so many streams.
pub fn gets(path: &str, streams: u32) -> Vec<u8> {
    let mut bytes = beginning();
    for index in 0..streams {
        let flags = END_STREAM | END_HEADERS;
        bytes.extend(frame(HEADERS, flags, 2 * index + 1, &get_header(path)));
    }
    bytes
}

/// A connection with so many bytes of a header that goes on.
pub fn unfinished_header(bytes: usize) -> Vec<u8> {
    let mut block = get_header("/");
    // A literal without a name in the table, longer than what is sent of it.
    block.extend([0x00, 6]);
    block.extend(b"x-long");
    block.extend([0x7f, 0x80, 0x80, 0x01]);
    block.resize(bytes, b'a');
    [beginning(), frame(HEADERS, END_STREAM, 1, &block)].concat()
}

/// A client that talks frame by frame.
pub struct Client {
    stream: TcpStream,
    streams: u32,
}

impl Client {
    /// Connects, and lets nearly nothing of an answer be sent.
    pub async fn to(server: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(server).await.expect("it listens");
        stream.write_all(&beginning()).await.expect("it is sent");
        Self { stream, streams: 0 }
    }

    /// Asks for `path` on a new stream, whose number it gives.
    pub async fn ask(&mut self, path: &str) -> u32 {
        let number = 2 * self.streams + 1;
        self.streams += 1;
        let flags = END_STREAM | END_HEADERS;
        let request = frame(HEADERS, flags, number, &get_header(path));
        self.stream.write_all(&request).await.expect("it is sent");
        number
    }

    /// Takes the answer on a stream to its end; `false` when the connection ends before.
    pub async fn take(&mut self, number: u32) -> bool {
        let room = frame(WINDOW_UPDATE, 0, number, &65_535_u32.to_be_bytes());
        if self.stream.write_all(&room).await.is_err() {
            return false;
        }
        loop {
            match self.frame().await {
                Some((DATA | HEADERS, flags, stream)) if stream == number => {
                    if flags & END_STREAM != 0 {
                        return true;
                    }
                }
                Some(_) => {}
                None => return false,
            }
        }
    }

    /// Sends a ping; `false` when the connection ends instead of answering.
    pub async fn ping(&mut self) -> bool {
        if self
            .stream
            .write_all(&frame(PING, 0, 0, &[7; 8]))
            .await
            .is_err()
        {
            return false;
        }
        loop {
            match self.frame().await {
                Some((PING, flags, _)) if flags & ACK != 0 => return true,
                Some(_) => {}
                None => return false,
            }
        }
    }

    /// The next frame: kind, flags, stream.
    async fn frame(&mut self) -> Option<(u8, u8, u32)> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).await.ok()?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?;
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some((kind, flags, u32::from_be_bytes(stream)))
    }
}

/// What a server says of itself at the beginning.
#[derive(Debug)]
pub struct Settings {
    pub max_concurrent_streams: Option<u32>,
}

/// The server's settings; `None` when it does not speak HTTP/2.
pub async fn settings_of(server: SocketAddr) -> Option<Settings> {
    let mut stream = TcpStream::connect(server).await.expect("it listens");
    stream.write_all(&beginning()).await.ok()?;
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let [a, b, c, SETTINGS, ..] = head else {
        return None;
    };
    let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?;
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await.ok()?;
    let max_concurrent_streams = payload.chunks(6).find_map(|setting| match setting {
        [0, 3, value @ ..] => Some(u32::from_be_bytes(value.try_into().ok()?)),
        _ => None,
    });
    Some(Settings {
        max_concurrent_streams,
    })
}
