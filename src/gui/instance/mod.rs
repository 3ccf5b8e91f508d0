//! One window for each user, data folder and display: a later start hands what it was to open over to the window that is
//! open already, and ends.
//!
//! The first start listens on a random port of the loopback interface, and leaves the address and a token in a file that
//! only its user may read. Both sides prove that they know the token before a path is sent ([`protocol`]). A file that a
//! killed process has left is replaced: nothing answers at its address, or not with the right proof.

mod place;
mod protocol;

pub use place::InstancePlace;

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryIter, bounded};
use eframe::egui::Context;
use serde::{Deserialize, Serialize};

use protocol::{Handshake, ask, serve};

/// Starts that wait until the window takes what they ask for.
const STARTS_MAX: usize = 16;
/// For how long an answer is waited for; a window that does not answer is passed over.
const PATIENCE: Duration = Duration::from_secs(3);

/// What becomes of a start of the program.
pub enum Start {
    /// It opens the window that later starts hand over to.
    First(LaterStarts),
    /// It opens a window beside the first one.
    Beside,
    /// The window that is open has taken over; this process has nothing left to do.
    HandedOver,
}

/// Where the first window listens, as its file has it.
#[derive(Serialize, Deserialize)]
struct Address {
    address: SocketAddr,
    token: String,
}

/// What later starts ask for. They are answered from the beginning, also before there is a window.
pub struct LaterStarts {
    requests: Receiver<Vec<PathBuf>>,
    window: Arc<OnceLock<Context>>,
    is_closed: Arc<AtomicBool>,
    address: SocketAddr,
    place: InstancePlace,
    token: String,
}

/// Hands `paths` over to the window that is open, or becomes that window. `is_beside`: a window is opened in any case.
///
/// # Errors
/// The file of the address cannot be written, or no port is available.
pub fn start(place: InstancePlace, paths: &[PathBuf], is_beside: bool) -> io::Result<Start> {
    // Of starts at the same time one comes first. The system takes the lock back from a process that ends.
    let _turn = place.lock()?;
    if let Some(found) = read(&place) {
        let handed_over = hand_over(&found, paths, is_beside);
        match handed_over {
            Ok(()) if is_beside => return Ok(Start::Beside),
            Ok(()) => return Ok(Start::HandedOver),
            Err(error) => tracing::info!("no window answers at {} ({error}); this one is the first", found.address),
        }
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let starts = LaterStarts::listen(listener, place)?;
    starts.publish()?;
    Ok(Start::First(starts))
}

fn read(place: &InstancePlace) -> Option<Address> {
    serde_json::from_slice(&std::fs::read(place.address_file()).ok()?).ok()
}

fn hand_over(to: &Address, paths: &[PathBuf], is_beside: bool) -> io::Result<()> {
    let stream = TcpStream::connect_timeout(&to.address, PATIENCE)?;
    limit(&stream)?;
    // A window that is opened beside the first one only asks whether there is a first one.
    ask(stream, &to.token, if is_beside { None } else { Some(paths) })
}

fn limit(stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))
}

fn accept(
    listener: &TcpListener,
    token: &str,
    sender: &Sender<Vec<PathBuf>>,
    closed: &AtomicBool,
    window: &OnceLock<Context>,
) {
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted) => {
                continue;
            }
            Err(error) => {
                tracing::warn!("later starts open windows of their own: {error}");
                return;
            }
        };
        if closed.load(Ordering::Acquire) {
            return;
        }
        let take = |paths: Vec<PathBuf>| -> bool {
            let is_taken = !closed.load(Ordering::Acquire) && sender.try_send(paths).is_ok();
            if let Some(ctx) = window.get() {
                ctx.request_repaint();
            }
            is_taken
        };
        match limit(&stream).and_then(|()| serve(stream, token, take)) {
            Ok(Handshake::Taken | Handshake::Asked | Handshake::Busy) => {}
            Ok(Handshake::Refused) => tracing::warn!("another program has connected to the window's port"),
            Err(error) => tracing::debug!("a later start has broken off: {error}"),
        }
    }
}

impl LaterStarts {
    fn listen(listener: TcpListener, place: InstancePlace) -> io::Result<Self> {
        let (sender, requests) = bounded(STARTS_MAX);
        let (token, address) = (protocol::random_text()?, listener.local_addr()?);
        let starts = Self { requests, window: Arc::default(), is_closed: Arc::default(), address, place, token };
        let (closed, window, token) = (Arc::clone(&starts.is_closed), Arc::clone(&starts.window), starts.token.clone());
        std::thread::Builder::new()
            .name("later-starts".to_owned())
            .spawn(move || accept(&listener, &token, &sender, &closed, &window))?;
        Ok(starts)
    }

    /// Writes where later starts are answered.
    fn publish(&self) -> io::Result<()> {
        let address = Address { address: self.address, token: self.token.clone() };
        let mut file = tempfile::NamedTempFile::new_in(self.place.folder())?;
        file.write_all(&serde_json::to_vec(&address).map_err(io::Error::other)?)?;
        // A temporary file belongs to its owner alone, and stays so.
        file.persist(self.place.address_file()).map_err(|error| error.error)?;
        Ok(())
    }

    /// Wakes this window for later starts from now on.
    pub fn wake(&self, ctx: &Context) {
        // There is only one window.
        let _ = self.window.set(ctx.clone());
    }

    /// What was asked for since the last time: folders and files to open, or nothing but the window.
    pub fn take(&self) -> TryIter<'_, Vec<PathBuf>> {
        self.requests.try_iter()
    }

    /// The window closes: the next start opens one of its own.
    pub fn close(&mut self) {
        if self.is_closed.swap(true, Ordering::AcqRel) {
            return;
        }
        // Wakes the thread, which ends.
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
        if let Err(error) = self.place.forget(&self.token) {
            tracing::debug!("the address of the window stays where it is: {error}");
        }
    }
}

impl Drop for LaterStarts {
    fn drop(&mut self) {
        self.close();
    }
}

impl InstancePlace {
    /// The right to look for the first window, or to become it. It ends when the file is dropped.
    fn lock(&self) -> io::Result<File> {
        std::fs::create_dir_all(self.folder())?;
        let file = self.open_lock()?;
        file.lock()?;
        Ok(file)
    }

    fn open_lock(&self) -> io::Result<File> {
        OpenOptions::new().create(true).truncate(false).write(true).open(self.lock_file())
    }

    /// Removes the address of the window with this token, unless another one is about to take its place.
    fn forget(&self, token: &str) -> io::Result<()> {
        let lock = self.open_lock()?;
        if lock.try_lock().is_err() || read(self).is_none_or(|found| found.token != token) {
            return Ok(());
        }
        std::fs::remove_file(self.address_file())
    }
}

#[cfg(test)]
mod tests;
