//! Debug builds only: `REELFRAME_PAUSE=<end of a path>` pauses before the first change of such a path until stdin ends, and
//! says so on stderr, so that a test can act at that moment.

use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

const VARIABLE: &str = "REELFRAME_PAUSE";

pub(super) fn before(doing: &str, path: &Path) {
    static END: OnceLock<Option<String>> = OnceLock::new();
    static HAS_PAUSED: AtomicBool = AtomicBool::new(false);
    let Some(end) = END.get_or_init(|| std::env::var(VARIABLE).ok()) else { return };
    if path.to_string_lossy().ends_with(end) && !HAS_PAUSED.swap(true, Ordering::Relaxed) {
        eprintln!("{VARIABLE}: {doing} {}", path.display());
        // Whatever comes, even if stdin cannot be read.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
    }
}
