//! A TCP stream that reports what happens on it, and that ends so that no answer is undone.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::progress::{Duty, Progress};

pub(super) struct Socket {
    stream: TcpStream,
    progress: Arc<Progress>,
    shut: bool,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, progress: Arc<Progress>) -> Self {
        // Without it a small answer waits for the acknowledgement of the one before. It fails on a dead stream only.
        let _ = stream.set_nodelay(true);
        Self {
            stream,
            progress,
            shut: false,
        }
    }

    /// Reads and forgets until the client closes too; the connection's deadline ends it otherwise.
    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut bytes = [0; 4096];
        loop {
            let mut read = ReadBuf::new(&mut bytes);
            let outcome = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read));
            if outcome.is_err() || read.filled().is_empty() {
                return Poll::Ready(());
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            this.progress.received();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.progress.writing();
        Pin::new(&mut this.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.progress.writing();
        Pin::new(&mut this.stream).poll_write_vectored(cx, bufs)
    }

    /// Bodies are written from where they lie; otherwise each unread answer would be copied.
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
        this.progress.flushed();
        Poll::Ready(Ok(()))
    }

    /// Closes our side; then, if the client may still be sending, waits for it to close its own (RFC 9112 §9.6).
    ///
    /// A system that gets bytes for a closed socket resets the connection, and a reset takes away
    /// what the client has not read.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.shut {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            this.shut = true;
        }
        if this.progress.close() {
            ready!(this.poll_discard(cx));
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.progress.missed() == Some(Duty::TakeAnswer) {
            // Nobody takes it: the system must not keep it for minutes either.
            let _ = self.stream.set_zero_linger();
        }
    }
}
