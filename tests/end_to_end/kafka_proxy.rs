//! A proxy in front of a broker that delays requests and responses of some APIs, as a network or a slow broker would.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// API keys (<https://kafka.apache.org/protocol#protocol_api_keys>).
pub const PRODUCE: i16 = 0;
pub const FETCH: i16 = 1;

/// What is delayed, by API key: requests on their way to the broker, and responses on their way back.
#[derive(Clone, Copy, Default)]
pub struct Delays {
    pub request: Option<(i16, Duration)>,
    pub response: Option<(i16, Duration)>,
}

/// Starts the proxy in front of `broker`, and returns its address. The addresses in responses become the proxy's. Its
/// threads end with their connections.
pub fn delayed(broker: &str, delays: Delays) -> String {
    let broker: SocketAddr = broker.parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(client), Ok(server)) = (client, TcpStream::connect(broker)) else { return };
            for stream in [&client, &server] {
                stream.set_nodelay(true).unwrap();
            }
            connect(client, server, delays, [broker.port(), own.port()]);
        }
    });
    own.to_string()
}

type Due = (Instant, Vec<u8>);

/// Frames keep their order, and one that waits does not delay those before it.
fn connect(client: TcpStream, server: TcpStream, delays: Delays, ports: [u16; 2]) {
    let apis: Arc<Mutex<HashMap<i32, i16>>> = Arc::default();
    let clone = |stream: &TcpStream| stream.try_clone().unwrap();
    let sent = Arc::clone(&apis);
    relay(clone(&client), clone(&server), move |frame| {
        let (api, correlation) = (i16::from_be_bytes([frame[0], frame[1]]), number(&frame[4..8]));
        sent.lock().unwrap().insert(correlation, api);
        delay_of(delays.request, api)
    });
    relay(server, client, move |frame| {
        let api = apis.lock().unwrap().remove(&number(&frame[0..4])).unwrap_or(-1);
        if api != FETCH {
            replace_port(frame, ports);
        }
        delay_of(delays.response, api)
    });
}

fn relay(from: TcpStream, to: TcpStream, delay: impl FnMut(&mut Vec<u8>) -> Duration + Send + 'static) {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let _ = read_frames(from, &sender, delay);
    });
    thread::spawn(move || {
        let _ = write_frames(&to, &receiver);
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}

fn read_frames(
    mut from: TcpStream,
    to: &Sender<Due>,
    mut delay: impl FnMut(&mut Vec<u8>) -> Duration,
) -> io::Result<()> {
    loop {
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        let mut frame = vec![0; number(&length) as usize];
        from.read_exact(&mut frame)?;
        let due = Instant::now() + delay(&mut frame);
        if to.send((due, [&length[..], &frame].concat())).is_err() {
            return Ok(());
        }
    }
}

fn write_frames(mut to: &TcpStream, frames: &Receiver<Due>) -> io::Result<()> {
    for (due, frame) in frames {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        to.write_all(&frame)?;
    }
    Ok(())
}

fn delay_of(delay: Option<(i16, Duration)>, api: i16) -> Duration {
    delay.filter(|(delayed, _)| *delayed == api).map_or(Duration::ZERO, |(_, by)| by)
}

fn number(bytes: &[u8]) -> i32 {
    i32::from_be_bytes(bytes.try_into().unwrap())
}

/// A port follows its host, as four bytes.
fn replace_port(frame: &mut [u8], [old, new]: [u16; 2]) {
    let host = b"127.0.0.1";
    let of = |port: u16| [&host[..], &i32::from(port).to_be_bytes()].concat();
    let (old, new) = (of(old), of(new));
    for at in 0..frame.len().saturating_sub(old.len() - 1) {
        if frame[at..].starts_with(&old) {
            frame[at..at + new.len()].copy_from_slice(&new);
        }
    }
}
