//! What processes weigh: their proportional set size (PSS), as Linux says it.

use std::fs;

use anyhow::Context;

/// Of a process, in bytes.
pub(crate) fn bytes(process: u32) -> anyhow::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))
        .context("this system does not say what a process weighs")?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss in smaps_rollup")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}

/// Of a process, in MB.
pub(crate) fn megabytes(process: u32) -> anyhow::Result<u64> {
    Ok(bytes(process)? / 1_000_000)
}

/// Of a process and of all that it started, in bytes, with their names.
pub(crate) fn tree(root: u32) -> anyhow::Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    let mut waiting = vec![root];
    while let Some(process) = waiting.pop() {
        let folder = format!("/proc/{process}");
        let name = fs::read_to_string(format!("{folder}/comm"))?.trim().to_owned();
        found.push((name, bytes(process)?));
        for thread in fs::read_dir(format!("{folder}/task"))?.flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            waiting.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    Ok(found)
}
