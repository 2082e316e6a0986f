//! The connections of the workbench: how many there may be, how long each may be silent, and which one is closed if
//! there are too many.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use super::request_guard::KeyShown;

/// The maximum number of connections.
const MOST: usize = 256;

/// How long the headers of a request may take, and how long a connection may stay open between two requests.
const HEADERS: Duration = Duration::from_secs(10);

/// How long a connection may transfer nothing while psalink is not working for it.
const SILENCE: Duration = Duration::from_secs(60);

/// How long to wait if the operating system has no more connections available.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection that is open.
struct OpenConnection {
    known: KeyShown,
    task: AbortHandle,
}

/// Accepts connections for as long as the program runs.
pub async fn serve(listener: TcpListener, router: Router) -> Infallible {
    let mut open: VecDeque<OpenConnection> = VecDeque::new();
    loop {
        // Connections that others gave up before they were accepted do not matter.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        open.retain(|connection| !connection.task.is_finished());
        if open.len() >= MOST {
            // Anyone on this computer can hold connections open. The oldest one that has not shown the key is closed,
            // so that the owner's page always gets in.
            let stranger = open.iter().position(|connection| !connection.known.0.load(Ordering::Relaxed));
            match stranger.and_then(|index| open.remove(index)) {
                Some(connection) => connection.task.abort(),
                None => {
                    let _ = stream.try_write(FULL); // it is closed in any case
                    continue;
                }
            }
        }
        let known = KeyShown::default();
        let task = tokio::spawn(talk(stream, router.clone(), known.clone()));
        open.push_back(OpenConnection { known, task: task.abort_handle() });
    }
}

const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n\
                      Content-Length: 61\r\n\r\nthe workbench has too many open connections; close some tabs\n";

/// Answers the requests on one connection, until it ends or is silent for too long.
async fn talk(stream: TcpStream, router: Router, known: KeyShown) {
    let _ = stream.set_nodelay(true); // an answer is sent in one piece; if this fails, it only arrives later
    let life = Arc::new(Life::new());
    let io = TokioIo::new(WatchedStream { stream, life: Arc::clone(&life) });
    let service = Counted { router: TowerToHyperService::new(router), known, life: Arc::clone(&life) };
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(HEADERS).serve_connection(io, service);
    tokio::select! {
        _ = connection => {} // the reason for the end does not matter here
        () = life.ends() => {}
    }
}

/// The activity of a connection.
#[derive(Debug)]
struct Life {
    start: Instant,
    /// When bytes were last transferred, in milliseconds since the start.
    moved: AtomicU64,
    /// How many requests psalink is working on.
    working: AtomicUsize,
}

impl Life {
    fn new() -> Life {
        Life { start: Instant::now(), moved: AtomicU64::new(0), working: AtomicUsize::new(0) }
    }

    fn move_on(&self) {
        self.moved.store(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Waits until the connection is silent for too long.
    async fn ends(&self) {
        loop {
            let last = self.start + Duration::from_millis(self.moved.load(Ordering::Relaxed));
            let is_working = self.working.load(Ordering::Relaxed) > 0;
            let silent = if is_working { Duration::ZERO } else { last.elapsed() };
            if silent >= SILENCE {
                return;
            }
            tokio::time::sleep((SILENCE - silent).max(PAUSE)).await;
        }
    }
}

/// A router that counts the requests that it is working on.
#[derive(Clone)]
struct Counted {
    router: TowerToHyperService<Router>,
    known: KeyShown,
    life: Arc<Life>,
}

/// A request in progress.
struct Working(Arc<Life>);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::Relaxed);
        self.0.move_on();
    }
}

impl Service<Request<Incoming>> for Counted {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        self.life.working.fetch_add(1, Ordering::Relaxed);
        let working = Working(Arc::clone(&self.life));
        request.extensions_mut().insert(self.known.clone());
        let answer = self.router.call(request);
        Box::pin(async move {
            let _working = working;
            answer.await
        })
    }
}

/// A stream that records when bytes were last transferred.
struct WatchedStream {
    stream: TcpStream,
    life: Arc<Life>,
}

impl WatchedStream {
    fn moved<T>(&self, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if matches!(done, Poll::Ready(Ok(_))) {
            self.life.move_on();
        }
        done
    }
}

impl AsyncRead for WatchedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_read(cx, into);
        self.moved(done)
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.moved(done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.moved(done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
