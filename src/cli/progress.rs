//! The progress bar: one line on a terminal while pages come in. Log lines do not break it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::fetch::controls::Observer;

/// Shared by all crawls of a run; clones update the same bar.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    bar: ProgressBar,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    pages: AtomicU64,
    reels: AtomicU64,
    waiting: AtomicU64,
}

impl Bar {
    /// A bar on stderr, or one that is never drawn.
    pub(crate) fn new(is_shown: bool) -> Self {
        let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let style = ProgressStyle::with_template("{elapsed_precise} {bar:20} {pos}/{len} accounts · {msg}");
        bar.set_style(style.expect("a constant template"));
        Self { bar, counts: Arc::default() }
    }

    /// Whether it is drawn: not every terminal can.
    pub(crate) fn is_shown(&self) -> bool {
        !self.bar.is_hidden()
    }

    fn show(&self) {
        if !self.bar.is_hidden() {
            self.bar.set_message(self.counts.message(self.bar.elapsed()));
        }
    }

    /// A writer for log lines while the bar may be drawn.
    pub(crate) fn log(&self) -> Log {
        Log { bar: self.bar.clone() }
    }
}

impl Observer for Bar {
    fn begin(&self, accounts: u64, done: u64) {
        if self.bar.is_hidden() {
            return;
        }
        self.bar.set_length(accounts);
        self.bar.set_position(done);
        self.bar.enable_steady_tick(Duration::from_millis(250));
    }

    fn page(&self, reels: u64) {
        self.counts.pages.fetch_add(1, Ordering::Relaxed);
        self.counts.reels.fetch_add(reels, Ordering::Relaxed);
        self.show();
    }

    fn account_done(&self) {
        self.bar.inc(1);
        self.show();
    }

    fn waiting(&self) {
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        self.show();
    }

    fn resumed(&self) {
        self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Counts {
    fn message(&self, elapsed: Duration) -> String {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let per_minute = count(&self.pages) as f64 * 60.0 / elapsed.as_secs_f64().max(1.0);
        let waiting = match count(&self.waiting) {
            0 => String::new(),
            waiting => format!(" · {waiting} waiting for their turn"),
        };
        format!("{} pages · {} reels · {per_minute:.0} pages/min{waiting}", count(&self.pages), count(&self.reels))
    }
}

/// Writes to stderr with the bar out of the way.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    bar: ProgressBar,
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bar.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_came_and_what_waits() {
        let bar = Bar::new(false);
        bar.begin(2, 0);
        bar.waiting();
        bar.waiting();
        bar.resumed();
        bar.page(12);
        bar.page(3);
        let message = bar.counts.message(Duration::from_secs(30));
        assert_eq!(message, "2 pages · 15 reels · 4 pages/min · 1 waiting for their turn");
        bar.resumed();
        assert_eq!(bar.counts.message(Duration::ZERO), "2 pages · 15 reels · 120 pages/min");
    }
}
