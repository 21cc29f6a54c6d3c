//! Pages in: from the API, or from disk by replay. Knows nothing of columns.

mod budget;
mod client;
mod crawl_log;
mod envelope;
mod expected;
mod future;
mod guard;
mod identity;
mod import;
mod mask;
pub mod page_log;
mod rejected;
mod replay;
mod resume;
mod retry;
mod run;
mod run_id;
mod signals;
mod stop;
mod walk;
mod window;
mod work;

pub use client::check_base_url;
pub use expected::{Expected, expect};
pub use identity::{Identity, survey};
pub use import::{Imported, Told, compact_time, configure, for_each_line, import};
pub use replay::{AccountSource, Failed, Found, find};
pub use resume::{Known, log_name, waiting_pages};
pub use run::{Fetched, Reused, Run, fetch};
pub use run_id::RunId;
pub use stop::{Reason, Stop};
pub use walk::Outcome;
