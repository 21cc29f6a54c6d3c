//! Transforms accounts in parallel while a single thread writes them in order.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, SyncSender};

use crate::error::{Error, Result};
use crate::pipeline::accounts::AccountName;
use crate::pipeline::page_source::{Pages, TransformTask, Transformed};

/// One thread writes: more workers would only hold more accounts in memory.
const MAX_WORKERS: usize = 8;

type TransformResult<T> = Result<Option<T>>;
type Job<'a, T> = (AccountName, TransformTask<'a>, SyncSender<TransformResult<T>>);

/// Transforms every account on all cores and passes the results on in name order, whichever is ready first; or the first
/// error of that order. At most one account per worker and one more are in memory.
pub(crate) fn for_each_account<T: Send>(
    pages: &mut Pages,
    convert: impl Fn(&AccountName, Transformed) -> Result<T> + Sync,
    mut each: impl FnMut(AccountName, T) -> Result<()>,
) -> Result<()> {
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(MAX_WORKERS);
    let accounts = pages.accounts()?;
    let (to_workers, jobs) = mpsc::channel();
    let jobs = Mutex::new(jobs);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| run_worker(&jobs, &convert));
        }
        // Dropped at the end of this closure, which ends the workers.
        let to_workers = to_workers;
        let mut under_way: VecDeque<(AccountName, Receiver<TransformResult<T>>)> = VecDeque::new();
        let mut next_in_order = |under_way: &mut VecDeque<(AccountName, Receiver<TransformResult<T>>)>| -> Result<()> {
            let Some((name, outcome)) = under_way.pop_front() else { return Ok(()) };
            let outcome =
                outcome.recv().map_err(|_| Error::unexpected(format!("{}: its thread has ended", name.account)))?;
            outcome?.map_or(Ok(()), |converted| each(name, converted))
        };
        for name in accounts {
            if under_way.len() > workers {
                next_in_order(&mut under_way)?;
            }
            let (done, outcome) = mpsc::sync_channel(1);
            match pages.task(&name) {
                Ok(task) => drop(to_workers.send((name.clone(), task, done))),
                // Reported in its turn, like a result.
                Err(error) => drop(done.send(Err(error))),
            }
            under_way.push_back((name, outcome));
        }
        while !under_way.is_empty() {
            next_in_order(&mut under_way)?;
        }
        Ok(())
    })
}

/// Runs jobs until there are none left.
fn run_worker<T>(jobs: &Mutex<Receiver<Job<T>>>, convert: impl Fn(&AccountName, Transformed) -> Result<T>) {
    loop {
        // A statement of its own, so that the lock is not held while working.
        let job = jobs.lock().map(|jobs| jobs.recv());
        let Ok(Ok((account, task, done))) = job else { return };
        let converted = task().and_then(|rows| rows.map(|rows| convert(&account, rows)).transpose());
        // Nobody waits for it once an earlier account has failed.
        drop(done.send(converted));
    }
}
