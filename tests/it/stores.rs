//! Stores that many tests start from: each is built once per process, and every test gets a copy.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use crate::harness::{Output, Reelframe};

/// The directory of each store that was built, by its name.
static BUILT: Mutex<BTreeMap<String, Arc<OnceLock<PathBuf>>>> = Mutex::new(BTreeMap::new());

pub(crate) fn sample_data() -> String {
    format!("{}/sample_data", env!("CARGO_MANIFEST_DIR"))
}

/// The sample, published with default settings.
pub(crate) fn sample() -> Output {
    built_once("sample", || Reelframe::new().args(["run", "--replay"]).arg(sample_data()).whole_report().run())
}

/// A copy of what `build` leaves in its directory.
pub(crate) fn built_once(name: &str, build: impl FnOnce() -> Output) -> Output {
    let built = Arc::clone(BUILT.lock().expect("no test panics here").entry(name.to_owned()).or_default());
    let original = built.get_or_init(|| {
        let original = originals().join(name);
        copy(build().dir(), &original);
        original
    });
    let output = Reelframe::new().without_running();
    copy(original, output.dir());
    output
}

/// A copy of a store in a directory of its own.
pub(crate) fn copy_of(store: &Output) -> Reelframe {
    let fresh = Reelframe::new();
    copy(&store.path("reels"), &fresh.dir().join("reels"));
    fresh
}

/// Copies what is in a folder into another, with links as links.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    let copied = Command::new("cp").arg("-a").args([from.join("."), to.to_owned()]).status();
    assert!(copied.expect("cp can be started").success());
}

/// A folder for this process below target/tmp. Those of processes that have ended are removed.
fn originals() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let stores = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stores");
        for entry in fs::read_dir(&stores).into_iter().flatten().flatten() {
            if !Path::new("/proc").join(entry.file_name()).exists() {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        stores.join(std::process::id().to_string())
    })
}
