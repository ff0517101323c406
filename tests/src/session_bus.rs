//! A session bus (D-Bus) with a tray and notifications, as a desktop has it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;

use crate::WAIT_TIMEOUT;

/// Program that stands for the desktop: its tray and its notifications.
const DESKTOP_SCRIPT: &str = include_str!("../desktop/bus.py");

/// A session bus of its own; ended when dropped.
pub struct SessionBus {
    daemon: Child,
    desktop: Child,
    choices: ChildStdin,
    lines: Receiver<String>,
    pub address: String,
}

impl SessionBus {
    /// Starts the bus, the tray and the notifications.
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
        let mut desktop = Command::new(crate::desktop::SYSTEM_PYTHON)
            .args(["-c", DESKTOP_SCRIPT])
            .env("DBUS_SESSION_BUS_ADDRESS", &address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let output = BufReader::new(desktop.stdout.take().unwrap()).lines();
        std::thread::spawn(move || output.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let choices = desktop.stdin.take().unwrap();
        let bus = Self { daemon, desktop, choices, lines, address };
        bus.wait_for_message("ready");
        bus
    }

    /// Waits for a message to the tray or the notifications that begins with `prefix`; returns all of it.
    pub fn wait_for_message(&self, prefix: &str) -> String {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        let mut others = Vec::new();
        loop {
            let remaining = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(remaining) {
                Ok(line) if line.starts_with(prefix) => return line,
                Ok(line) => others.push(line),
                Err(error) => panic!("{prefix}: {error}; received {others:#?}"),
            }
        }
    }

    /// Chooses an item of the tray's menu.
    pub fn choose_menu_item(&mut self, text: &str) {
        writeln!(self.choices, "choose {text}").unwrap();
        self.wait_for_message(&format!("chosen {text}"));
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
