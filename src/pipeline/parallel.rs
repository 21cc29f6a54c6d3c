//! The next accounts are made into rows on all cores while the rows of one are written.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, SyncSender};

use crate::error::{Error, Result};
use crate::pipeline::accounts::AccountName;
use crate::pipeline::page_source::{Pages, TransformTask};
use crate::pipeline::previous_run::Folded;

/// More would hold more accounts in memory than they save time: one thread writes.
const MAX_WORKERS: usize = 8;

type TransformResult<T> = Result<Option<T>>;
type Job<'a, T> = (AccountName, TransformTask<'a>, SyncSender<TransformResult<T>>);

/// Makes something of the rows of every account on all cores, and hands it on in name order whatever is ready first; or
/// the first error of that order. As many accounts as there are workers are in memory, and one more.
pub fn for_each_account<T: Send>(
    pages: &mut Pages,
    make: impl Fn(&AccountName, Folded) -> Result<T> + Sync,
    mut each: impl FnMut(AccountName, T) -> Result<()>,
) -> Result<()> {
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(MAX_WORKERS);
    let accounts = pages.accounts()?;
    let (to_workers, jobs) = mpsc::channel();
    let jobs = Mutex::new(jobs);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work_off(&jobs, &make));
        }
        // Moved in here: without it the workers know that there is no more to come.
        let to_workers = to_workers;
        let mut under_way: VecDeque<(AccountName, Receiver<TransformResult<T>>)> = VecDeque::new();
        let mut next_in_order = |under_way: &mut VecDeque<(AccountName, Receiver<TransformResult<T>>)>| -> Result<()> {
            let Some((name, outcome)) = under_way.pop_front() else { return Ok(()) };
            let outcome =
                outcome.recv().map_err(|_| Error::unexpected(format!("{}: its thread has ended", name.account)))?;
            outcome?.map_or(Ok(()), |made| each(name, made))
        };
        for name in accounts {
            if under_way.len() > workers {
                next_in_order(&mut under_way)?;
            }
            let (done, outcome) = mpsc::sync_channel(1);
            match pages.work(&name) {
                Ok(work) => drop(to_workers.send((name.clone(), work, done))),
                // It waits for its turn like a result.
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

/// Takes one job after the other until there are no more.
fn work_off<T>(jobs: &Mutex<Receiver<Job<T>>>, make: impl Fn(&AccountName, Folded) -> Result<T>) {
    loop {
        // A statement of its own, so that the lock is not held while working.
        let job = jobs.lock().map(|jobs| jobs.recv());
        let Ok(Ok((account, work, done))) = job else { return };
        let made = work().and_then(|folded| folded.map(|folded| make(&account, folded)).transpose());
        // Nobody waits any more where an earlier account has failed.
        drop(done.send(made));
    }
}
