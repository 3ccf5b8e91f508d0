//! The running program.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::bench::PATIENCE;

/// The running program; killed when dropped.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Process {
    pub fn start(command: Command) -> Self {
        Self::start_with_output(command, Stdio::piped())
    }

    /// Its lines are those of stderr, and of `output` if that is a pipe of the process's own.
    pub fn start_with_output(mut command: Command, output: impl Into<Stdio>) -> Self {
        let mut child = command.stdout(output).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let output = child.stdout.take().map(|output| Box::new(output) as Box<dyn std::io::Read + Send>);
        let errors = child.stderr.take().map(|errors| Box::new(errors) as Box<dyn std::io::Read + Send>);
        for stream in output.into_iter().chain(errors) {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits for the next line, from either stream, for which `wanted` holds.
    pub fn wait_for_line(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if wanted(&line) {
                        return line;
                    }
                }
                Err(_) => panic!("the line did not appear:\n{}", self.seen.join("\n")),
            }
        }
    }

    /// Kills the process, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), None, "it ended by itself before it was killed:\n{}", self.printed());
    }

    /// Interrupts the process, as Ctrl+C would.
    #[cfg(unix)]
    pub fn interrupt(&self) {
        self.signal("-INT");
    }

    /// Stops the process until it is resumed.
    #[cfg(unix)]
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    #[cfg(unix)]
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    #[cfg(unix)]
    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until the process has ended, and returns the exit code and all lines.
    pub fn wait(mut self) -> (i32, String) {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end:\n{}", self.printed());
            thread::sleep(Duration::from_millis(10));
        };
        (status.code().unwrap_or(-1), self.printed())
    }

    fn printed(&mut self) -> String {
        while let Ok(line) = self.lines.recv_timeout(Duration::from_millis(300)) {
            self.seen.push(line);
        }
        self.seen.join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
