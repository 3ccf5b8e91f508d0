//! HTTP: one thread, a bounded number of connections, one request each.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::Sender;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use super::watched::Watched;
use super::{exposition, page};
use kafka_image_bench_core::engine::report::Outcome;

/// Connections at a time; further ones wait in the system's queue.
const CONNECTIONS_MAX: usize = 16;
/// From accepting a connection to the last byte of the answer.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// The request's line and headers.
const REQUEST_BYTES_MAX: usize = 8 * 1024;
const HEADERS_MAX: usize = 64;
/// After a connection could not be accepted, such as without a free file descriptor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// At the end, for answers that are being sent.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(1);
/// The page loads its own script and its own content, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; base-uri \
                      'none'; form-action 'none'; frame-ancestors 'none'";
const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// Dropping it ends its thread.
pub(super) struct Server {
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

/// What all connections need.
struct Shared {
    watched: Arc<Watched>,
    /// Whether only this machine can connect.
    is_loopback: bool,
    /// Full once the final figures have been scraped.
    is_scraped: Sender<()>,
}

impl Server {
    pub(super) fn start(
        listener: std::net::TcpListener,
        address: SocketAddr,
        watched: Arc<Watched>,
        is_scraped: Sender<()>,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::new(Shared { watched, is_loopback: address.ip().is_loopback(), is_scraped });
        let thread = thread::Builder::new().name("metrics".to_owned()).spawn(move || {
            if let Err(error) = runtime.block_on(serve(listener, shared, stopped)) {
                tracing::warn!("the metrics are not served: {error}");
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic has been reported by the thread itself.
            let _ = thread.join();
        }
    }
}

/// Answers until the other end of `stopped` is dropped.
async fn serve(
    listener: std::net::TcpListener,
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<Infallible>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut stopped = pin!(stopped);
    while let Some(place) = unless(stopped.as_mut(), Arc::clone(&places).acquire_owned()).await {
        let Some(accepted) = unless(stopped.as_mut(), listener.accept()).await else { break };
        match accepted {
            Ok((stream, _)) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    converse(stream, &shared).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!("a connection to the metrics was not accepted: {error}");
                if timeout(ACCEPT_PAUSE, stopped.as_mut()).await.is_ok() {
                    break;
                }
            }
        }
    }
    let all = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
    let _ = timeout(CLOSING_TIMEOUT, places.acquire_many(all)).await;
    Ok(())
}

/// What `work` returns; `None` if `stopped` is first.
async fn unless<T>(stopped: impl Future, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        _ = stopped => None,
        done = work => Some(done),
    }
}

/// One request and its answer.
async fn converse(stream: TcpStream, shared: &Shared) {
    let is_final = AtomicBool::new(false);
    let service = service_fn(|request: Request<Incoming>| {
        let answer = answer(shared, &request, &is_final);
        async move { Ok::<_, Infallible>(answer) }
    });
    let mut http = http1::Builder::new();
    http.keep_alive(false).max_buf_size(REQUEST_BYTES_MAX).max_headers(HEADERS_MAX).header_read_timeout(None);
    match timeout(CONNECTION_TIMEOUT, http.serve_connection(TokioIo::new(stream), service)).await {
        Ok(Ok(())) if is_final.load(Ordering::Relaxed) => {
            // One is enough.
            let _ = shared.is_scraped.try_send(());
        }
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!("a request for the metrics failed: {error}"),
        Err(_) => tracing::debug!("a request for the metrics took more than {} s", CONNECTION_TIMEOUT.as_secs()),
    }
}

fn answer<B>(shared: &Shared, request: &Request<B>, is_final: &AtomicBool) -> Response<String> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = text(StatusCode::METHOD_NOT_ALLOWED, TEXT, "Only GET and HEAD\n");
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    if shared.is_loopback && !is_local(request.headers().get(header::HOST)) {
        return text(StatusCode::FORBIDDEN, TEXT, "Only for this machine: use localhost or the IP address\n");
    }
    let watched = &shared.watched;
    match request.uri().path() {
        "/" => text(StatusCode::OK, HTML, page::whole(watched)),
        "/live" => text(StatusCode::OK, HTML, page::content(watched)),
        "/live.js" => text(StatusCode::OK, "text/javascript; charset=utf-8", include_str!("live.js")),
        "/metrics" => match exposition::text(watched) {
            Ok((figures, ended)) => {
                is_final.store(ended && request.method() == Method::GET, Ordering::Relaxed);
                text(StatusCode::OK, exposition::CONTENT_TYPE, figures)
            }
            Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{error}\n")),
        },
        "/healthz" => health(watched),
        _ => text(StatusCode::NOT_FOUND, TEXT, "Not found; there are /, /metrics and /healthz\n"),
    }
}

/// Healthy is a run that has not failed. One that waits for its broker is healthy: to restart it would not help.
fn health(watched: &Watched) -> Response<String> {
    let observation = watched.observe();
    match observation.as_ref().and_then(|run| run.outcome.as_ref()) {
        Some(Outcome::Failed(_) | Outcome::Refused(_)) => text(StatusCode::SERVICE_UNAVAILABLE, TEXT, "failed\n"),
        _ => text(StatusCode::OK, TEXT, "ok\n"),
    }
}

/// Whether the request names this machine. A page of the web that has its own name point here (DNS rebinding) does not.
fn is_local(host: Option<&HeaderValue>) -> bool {
    let Some(host) = host else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

fn text(status: StatusCode, content_type: &'static str, content: impl Into<String>) -> Response<String> {
    let mut response = Response::new(content.into());
    *response.status_mut() = status;
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_named() {
        let is_local = |host: &'static str| is_local(Some(&HeaderValue::from_static(host)));
        for host in ["localhost:9464", "LOCALHOST", "127.0.0.1:9464", "127.0.0.1", "[::1]:9464"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["example.com:9464", "localhost.example.com", "", "127.0.0.1.example.com:80"] {
            assert!(!is_local(host), "{host}");
        }
        assert!(super::is_local(None), "HTTP 1.0 has no such header");
    }
}
