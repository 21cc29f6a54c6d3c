//! The memory and processor time of a process so far (Linux).

use std::time::Duration;

/// The peak resident memory of a process.
pub fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

/// User and system time of a process.
pub fn cpu_time(process: u32) -> Option<Duration> {
    /// Linux counts in hundredths of a second.
    const MILLIS_A_TICK: u64 = 10;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The fields from the third on follow the name, which may contain blanks; these are the 14th and 15th.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * MILLIS_A_TICK))
}
