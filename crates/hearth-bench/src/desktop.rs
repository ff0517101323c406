//! Benchmark of the desktop program: time to a usable window, and memory with its child processes.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use hearth_tests::Screen;
use hearth_tests::node::find_program;

use crate::memory;
use crate::report::percentiles;

/// Number of starts; the first is not counted, because it fills the disk cache.
const START_COUNT: usize = 8;
/// Log line of the last request before the page shows the library.
const USABLE_LOG_LINE: &str = "GET /api/notebooks |";
/// Delay between the usable window and the measurement of memory.
const SETTLE_DELAY: Duration = Duration::from_secs(3);

/// Measures the desktop program and returns the report.
pub(crate) fn measure_desktop() -> anyhow::Result<String> {
    let screen = Screen::start();
    let data = tempfile::tempdir()?;
    let (mut times, mut parts) = (Vec::new(), Vec::new());
    for start in 0..START_COUNT {
        let (mut program, elapsed) = start_program(&screen, data.path())?;
        if start > 0 {
            times.push(elapsed);
        }
        std::thread::sleep(SETTLE_DELAY);
        parts = memory::process_tree_bytes(program.id())?;
        program.kill()?;
        program.wait()?;
        std::thread::sleep(Duration::from_millis(500));
    }
    let [p50, _, worst] = percentiles(times);
    let total: u64 = parts.iter().map(|(_, bytes)| bytes).sum();
    let named: Vec<String> =
        parts.iter().map(|(name, bytes)| format!("{name} {} MB", bytes / 1_000_000)).collect();
    let mut report = String::from(
        "`hearth-desktop` as a process, optimised, on a screen without graphics hardware (Xvfb), warm disk cache, empty \
         library. Usable: its page has asked for the notebooks, which it shows in the next frame. Memory is the \
         proportional set size (PSS) of the program and of the web view's processes, no model loaded.\n\n\
         | what | figure |\n| --- | --- |\n",
    );
    writeln!(
        report,
        "| start to a usable window | {p50:.0} ms (slowest of {}: {worst:.0}) |",
        START_COUNT - 1
    )?;
    writeln!(report, "| memory | {} MB ({}) |", total / 1_000_000, named.join(", "))?;
    Ok(report)
}

/// Starts the program; returns it with the time until its page is usable.
fn start_program(screen: &Screen, data: &Path) -> anyhow::Result<(Child, Duration)> {
    let mut command = screen.create_command(find_program("hearth-desktop"));
    command.arg("--data-dir").arg(data).env("HEARTH_LOG", "warn,access=info").stderr(Stdio::piped());
    let started = Instant::now();
    let mut program = command.spawn().context("hearth-desktop")?;
    let mut lines =
        BufReader::new(program.stderr.take().context("hearth-desktop has no log output")?).lines();
    while let Some(Ok(line)) = lines.next() {
        if line.contains(USABLE_LOG_LINE) {
            let elapsed = started.elapsed();
            // The log must be read on, or the program blocks on a full pipe.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok((program, elapsed));
        }
    }
    bail!("hearth-desktop ended before its window was usable");
}
