//! A session bus with a tray and notifications, as a desktop has it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

const PROGRAM: &str = include_str!("../desktop/bus.py");
const PATIENCE: Duration = Duration::from_mins(1);

/// A bus of its own; gone when dropped.
pub struct SessionBus {
    daemon: Child,
    desktop: Child,
    choices: ChildStdin,
    lines: Receiver<String>,
    pub address: String,
}

impl SessionBus {
    pub fn start() -> Self {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is there; `cargo xtask test` installs it");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim().to_owned();
        let mut desktop = Command::new(crate::desktop::PYTHON)
            .args(["-c", PROGRAM])
            .env("DBUS_SESSION_BUS_ADDRESS", &address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let said = BufReader::new(desktop.stdout.take().unwrap()).lines();
        std::thread::spawn(move || said.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let choices = desktop.stdin.take().unwrap();
        let bus = Self { daemon, desktop, choices, lines, address };
        bus.heard("ready");
        bus
    }

    /// Waits until the tray or the notifications were given something that begins so; gives all of it.
    pub fn heard(&self, beginning: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut others = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.starts_with(beginning) => return line,
                Ok(line) => others.push(line),
                Err(error) => panic!("{beginning}: {error}; heard {others:#?}"),
            }
        }
    }

    /// Chooses from the menu in the tray.
    pub fn choose(&mut self, text: &str) {
        writeln!(self.choices, "choose {text}").unwrap();
        self.heard(&format!("chosen {text}"));
    }
}

impl Drop for SessionBus {
    fn drop(&mut self) {
        for child in [&mut self.desktop, &mut self.daemon] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
