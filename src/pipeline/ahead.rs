//! The next accounts are made into rows on all cores while the rows of one are written.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, SyncSender};

use crate::error::{Error, Result};

use super::fold::Account;
use super::lines::{Pages, Work};

/// More would hold more accounts in memory than they save time: one thread writes.
const MAX_WORKERS: usize = 8;

type Outcome = Result<Option<Account>>;

/// Hands on the rows of every account, in name order whatever is ready first; and the first error of that order. As many
/// accounts as there are workers are in memory, and one more.
pub fn for_each_account(pages: &mut Pages, mut each: impl FnMut(String, Account) -> Result<()>) -> Result<()> {
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(MAX_WORKERS);
    let accounts = pages.accounts()?;
    let (to_workers, jobs) = mpsc::channel();
    let jobs = Mutex::new(jobs);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work_off(&jobs));
        }
        // Moved in here: without it the workers know that there is no more to come.
        let to_workers = to_workers;
        let mut under_way: VecDeque<(String, Receiver<Outcome>)> = VecDeque::new();
        let mut next_in_order = |under_way: &mut VecDeque<(String, Receiver<Outcome>)>| -> Result<()> {
            let Some((account, outcome)) = under_way.pop_front() else { return Ok(()) };
            let outcome = outcome.recv().map_err(|_| Error::unexpected(format!("{account}: its thread has ended")))?;
            outcome?.map_or(Ok(()), |folded| each(account, folded))
        };
        for account in accounts {
            if under_way.len() > workers {
                next_in_order(&mut under_way)?;
            }
            let (done, outcome) = mpsc::sync_channel(1);
            match pages.work(&account) {
                Ok(work) => drop(to_workers.send((work, done))),
                // It waits for its turn like a result.
                Err(error) => drop(done.send(Err(error))),
            }
            under_way.push_back((account, outcome));
        }
        while !under_way.is_empty() {
            next_in_order(&mut under_way)?;
        }
        Ok(())
    })
}

/// Takes one job after the other until there are no more.
fn work_off(jobs: &Mutex<Receiver<(Work, SyncSender<Outcome>)>>) {
    loop {
        // A statement of its own, so that the lock is not held while working.
        let job = jobs.lock().map(|jobs| jobs.recv());
        let Ok(Ok((work, done))) = job else { return };
        // Nobody waits any more where an earlier account has failed.
        drop(done.send(work()));
    }
}
