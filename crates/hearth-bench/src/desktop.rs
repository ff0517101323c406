//! The desktop program: how soon its window can be used, and what it weighs with all that belongs to it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use hearth_tests::Screen;
use hearth_tests::node::built;

use crate::memory;
use crate::report::percentiles;

/// The first is not counted: it fills the disk's cache.
const STARTS: usize = 8;
/// What the page asks for last before it shows the library.
const USABLE: &str = "GET /api/notebooks |";
const CALM: Duration = Duration::from_secs(3);

pub(crate) fn measure() -> anyhow::Result<String> {
    let screen = Screen::start();
    let data = tempfile::tempdir()?;
    let (mut times, mut parts) = (Vec::new(), Vec::new());
    for start in 0..STARTS {
        let (mut program, took) = started(&screen, data.path())?;
        if start > 0 {
            times.push(took);
        }
        std::thread::sleep(CALM);
        parts = memory::tree(program.id())?;
        program.kill()?;
        program.wait()?;
        std::thread::sleep(Duration::from_millis(500));
    }
    let [p50, _, worst] = percentiles(times);
    let all: u64 = parts.iter().map(|(_, bytes)| bytes).sum();
    let named: Vec<String> =
        parts.iter().map(|(name, bytes)| format!("{name} {} MB", bytes / 1_000_000)).collect();
    let mut report = String::from(
        "`hearth-desktop` as a process, optimised, on a screen without graphics hardware (Xvfb), warm disk cache, empty \
         library. Usable: its page has asked for the notebooks, which it shows in the next frame. Memory is the \
         proportional set size (PSS) of the program and of the web view's processes, no model loaded.\n\n\
         | what | figure |\n| --- | --- |\n",
    );
    writeln!(report, "| start to a usable window | {p50:.0} ms (slowest of {}: {worst:.0}) |", STARTS - 1)?;
    writeln!(report, "| memory | {} MB ({}) |", all / 1_000_000, named.join(", "))?;
    Ok(report)
}

/// From the start of the process until its page can be used.
fn started(screen: &Screen, data: &Path) -> anyhow::Result<(Child, Duration)> {
    let mut command = screen.command(built("hearth-desktop"));
    command.arg("--data-dir").arg(data).env("HEARTH_LOG", "warn,access=info").stderr(Stdio::piped());
    let begun = Instant::now();
    let mut program = command.spawn().context("hearth-desktop")?;
    let mut lines = BufReader::new(program.stderr.take().context("its log")?).lines();
    while let Some(Ok(line)) = lines.next() {
        if line.contains(USABLE) {
            let took = begun.elapsed();
            // Nobody reads on, and it must not stop for that.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok((program, took));
        }
    }
    bail!("the window never became usable");
}
