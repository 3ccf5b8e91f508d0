//! A broker in a separate process.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use embedded_broker::Broker;

use crate::common::{PATIENCE, config_for, last_address};

const FOLDER: &str = "KIB_KILLS_FOLDER";
const LISTENING: &str = "the broker listens on ";

/// The folder to serve, if this process was started as the broker.
pub fn folder_to_serve() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// Serves the folder until the standard input ends, which it does with the process that holds the other end of it.
pub fn serve(folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let broker = runtime.block_on(Broker::start(config_for(folder))).unwrap();
    eprintln!("{LISTENING}{}", last_address(folder).unwrap());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    drop(broker);
}

pub struct BrokerProcess {
    child: Child,
}

impl BrokerProcess {
    pub fn spawn(folder: &Path) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_process_that_is_killed", "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child }
    }

    /// Waits until it serves; returns where.
    pub async fn listening(&mut self) -> SocketAddr {
        let output = BufReader::new(self.child.stderr.take().unwrap());
        let found = tokio::task::spawn_blocking(move || {
            let mut said = String::new();
            let mut lines = output.lines().map_while(Result::ok);
            let address = lines.by_ref().find_map(|line| {
                said.push_str(&line);
                said.push('\n');
                line.strip_prefix(LISTENING).map(|address| address.parse().unwrap())
            });
            // Its later output is forwarded to the tests' output.
            let forward = move || lines.for_each(|line| eprintln!("{line}"));
            std::thread::Builder::new().name("broker-output".to_owned()).spawn(forward).unwrap();
            address.ok_or(said)
        });
        match tokio::time::timeout(PATIENCE, found).await.expect("the broker does not start").unwrap() {
            Ok(address) => address,
            Err(said) => panic!("the broker does not start:\n{said}"),
        }
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// SIGKILL or the system's equivalent.
    pub fn kill(&mut self) {
        assert!(!self.has_ended(), "the broker ended by itself");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for BrokerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
