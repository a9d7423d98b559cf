//! One connection from its first byte to its last: hyper speaks HTTP on it, deadlines end it.

use std::{convert::Infallible, future::Future, pin::pin, sync::Arc, task::Poll, time::Instant};

use http_body::Body as _;
use hyper::{Version, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use poem::{
    Endpoint, Response,
    http::{self, HeaderValue, header, uri::Scheme},
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    net::TcpStream,
    sync::{Semaphore, watch},
    time::sleep_until,
};

use super::{
    ConnectionSettings,
    answer::AnswerBody,
    body::ArrivingBody,
    progress::{Open, Progress},
    socket::Socket,
};

/// Longest header of a request, its first line included; hyper answers 431 to more.
const MAX_HEADER: u32 = 32 * 1024;

/// Streams of an HTTP/2 connection at once.
const MAX_STREAMS: u32 = 100;

/// What a client may send on one HTTP/2 stream, and on all of a connection, before anybody reads it.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 128 * 1024;

/// Requests with a body that are served at once on one HTTP/2 connection: each holds its body, which may be 64 KiB.
const MAX_BODIES: usize = 16;

/// The two ends of a connection, as poem wants them.
#[derive(Clone)]
pub(super) struct Ends {
    pub(super) local: LocalAddr,
    pub(super) remote: RemoteAddr,
    pub(super) scheme: Scheme,
}

/// How HTTP is spoken.
pub(super) fn protocol(settings: &ConnectionSettings) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // hyper's own timer would run again on a connection that is idle.
    builder
        .http1()
        .max_buf_size(MAX_HEADER as usize)
        // A client may close its side when it has said all: it still wants the answer.
        .half_close(true)
        .header_read_timeout(None);
    builder
        .http2()
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    if settings.http2 {
        builder
    } else {
        builder.http1_only()
    }
}

/// Serves the connection until it ends, misses a deadline, or is idle after `stopped`.
pub(super) async fn serve<E: Endpoint<Output = Response> + 'static>(
    stream: TcpStream,
    ends: Ends,
    protocol: &auto::Builder<TokioExecutor>,
    settings: ConnectionSettings,
    edge: Arc<E>,
    mut stopped: watch::Receiver<bool>,
) {
    let progress = Progress::new(settings);
    let bodies = Arc::new(Semaphore::new(MAX_BODIES));
    let socket = TokioIo::new(Socket::new(stream, Arc::clone(&progress)));
    let service = service_fn(|request: http::Request<Incoming>| {
        let open = progress.begin(request.version() == Version::HTTP_2);
        let (edge, ends, bodies) = (Arc::clone(&edge), ends.clone(), Arc::clone(&bodies));
        async move {
            // The semaphore is never closed; HTTP/1.1 never waits for it.
            let _turn = if request.body().is_end_stream() {
                None
            } else {
                bodies.acquire().await.ok()
            };
            Ok::<_, Infallible>(answer(&*edge, ends, request, settings, open).await)
        }
    });
    let mut connection = pin!(protocol.serve_connection(socket, service));
    // An error means that nobody can stop us any more: stop as well.
    let mut stop = pin!(async { stopped.wait_for(|stopped| *stopped).await.is_ok() });
    let mut stopping = false;
    let mut timer = pin!(sleep_until(Instant::now().into()));
    std::future::poll_fn(|cx| {
        progress.wake(cx.waker());
        if !stopping && stop.as_mut().poll(cx).is_ready() {
            stopping = true;
            progress.stop();
            connection.as_mut().graceful_shutdown();
        }
        // How a connection breaks is the client's affair, and free text of the client's.
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        // The timer is moved only when it has to ring earlier, or rang too early.
        while let Some((deadline, duty)) = progress.deadline() {
            if deadline < timer.deadline().into_std() {
                timer.as_mut().reset(deadline.into());
            }
            if timer.as_mut().poll(cx).is_pending() {
                break;
            }
            if Instant::now() >= deadline {
                progress.miss(duty);
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline.into());
        }
        Poll::Pending
    })
    .await;
}

/// The edge's answer, once the rest of the request is out of the way.
async fn answer<E: Endpoint<Output = Response>>(
    edge: &E,
    ends: Ends,
    request: http::Request<Incoming>,
    settings: ConnectionSettings,
    open: Open,
) -> http::Response<AnswerBody> {
    let multiplexed = request.version() == Version::HTTP_2;
    let continues = request.headers().contains_key(header::EXPECT);
    let has_body = !request.body().is_end_stream();
    let Ends {
        local,
        remote,
        scheme,
    } = ends;
    let mut request = poem::Request::from((request, local, remote, scheme));
    let mut remains = None;
    if has_body {
        let (body, rest) = ArrivingBody::new(request.take_body().into(), settings.body_timeout);
        request.set_body(http_body_util::combinators::BoxBody::new(body));
        remains = Some(rest);
    }
    let mut response = edge.get_response(request).await;
    // An HTTP/2 stream ends by itself, and the next does not need it to.
    if let Some(remains) = remains.filter(|_| !multiplexed)
        && !remains.drained(continues).await
    {
        open.progress().leave_unread();
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let response: http::Response<_> = response.into();
    response.map(|body| AnswerBody::new(body, open))
}
