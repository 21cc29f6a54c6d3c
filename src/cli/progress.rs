//! What is shown while pages come in: one line on a terminal, nothing elsewhere. Log lines do not tear it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shared by all walks of a run; a copy tells the same bar.
#[derive(Debug, Clone)]
pub struct Progress {
    bar: ProgressBar,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    pages: AtomicU64,
    reels: AtomicU64,
    waiting: AtomicU64,
}

impl Progress {
    /// A bar on stderr, or one that is never drawn.
    pub fn new(is_shown: bool) -> Self {
        let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let style = ProgressStyle::with_template("{elapsed_precise} {bar:20} {pos}/{len} accounts · {msg}");
        bar.set_style(style.expect("a constant template"));
        Self { bar, counts: Arc::default() }
    }

    /// Whether somebody sees it: a terminal that cannot draw shows nothing.
    pub fn is_shown(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// So many accounts are to be walked, and so many of them need not be.
    pub fn begin(&self, accounts: u64, done: u64) {
        if self.bar.is_hidden() {
            return;
        }
        self.bar.set_length(accounts);
        self.bar.set_position(done);
        self.bar.enable_steady_tick(Duration::from_millis(250));
    }

    pub fn page(&self, reels: u64) {
        self.counts.pages.fetch_add(1, Ordering::Relaxed);
        self.counts.reels.fetch_add(reels, Ordering::Relaxed);
        self.show();
    }

    pub fn account_done(&self) {
        self.bar.inc(1);
        self.show();
    }

    /// A request waits for its turn.
    pub fn waiting(&self) {
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        self.show();
    }

    /// The request that waited is sent.
    pub fn going_on(&self) {
        self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        if !self.bar.is_hidden() {
            self.bar.set_message(self.counts.message(self.bar.elapsed()));
        }
    }

    /// Where log lines go while the bar may be there.
    pub fn log(&self) -> Log {
        Log { bar: self.bar.clone() }
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

/// Writes to stderr, the bar out of the way.
#[derive(Debug, Clone)]
pub struct Log {
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
        let progress = Progress::new(false);
        progress.begin(2, 0);
        progress.waiting();
        progress.waiting();
        progress.going_on();
        progress.page(12);
        progress.page(3);
        let message = progress.counts.message(Duration::from_secs(30));
        assert_eq!(message, "2 pages · 15 reels · 4 pages/min · 1 waiting for their turn");
        progress.going_on();
        assert_eq!(progress.counts.message(Duration::ZERO), "2 pages · 15 reels · 120 pages/min");
    }
}
