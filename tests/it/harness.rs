//! Runs the program in a directory of its own with a clean environment, and always checks what it said.
//!
//! ```ignore
//! let first = Reelframe::new().args(["run", "maple"]).api(&api).key(KEY).run();
//! assert_eq!(column(&first.table("reels"), "reel_id"), ["30", "20", "10"]);
//! first.then().args(["run", "maple"]).status(6).stderr_has("AISA_API_KEY").run();
//! ```
//!
//! A command must end with status 0 unless the test names another one, must not panic, and must not show its key.

mod folder;
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

use tempfile::TempDir;
use testkit::mock_api::MockApi;
use testkit::tables::{Row, read_parquet};

/// The step of a loop over faults, of which a `slow_` test takes more than its quick twin: with `EVERY_FAULT=1` every one.
pub(crate) fn step(of_some: usize) -> usize {
    if std::env::var_os("EVERY_FAULT").is_some() { 1 } else { of_some }
}

/// Stands for the exit code of a command that was killed and has none.
const KILLED: i32 = -1;

/// One command, and what is expected of it.
#[must_use = "a command does nothing until it is run"]
pub(crate) struct Reelframe {
    dir: Rc<TempDir>,
    args: Vec<String>,
    base_url: Option<String>,
    env: BTreeMap<String, String>,
    /// The sections of a report, separated by commas. `None`: all.
    sections: Option<String>,
    secrets: Vec<String>,
    address_space_mib: Option<u32>,
    /// The exit codes that are fine.
    status: Vec<i32>,
    stdout: Option<String>,
    stdout_has: Vec<String>,
    stderr_has: Vec<String>,
    stderr_lacks: Vec<String>,
}

impl Reelframe {
    /// In a new empty directory.
    pub(crate) fn new() -> Self {
        Self::within(Rc::new(tempfile::tempdir_in(folder::temporary()).expect("a temporary directory can be made")))
    }

    fn within(dir: Rc<TempDir>) -> Self {
        Self {
            dir,
            args: Vec::new(),
            base_url: None,
            env: BTreeMap::new(),
            sections: Some(String::new()),
            secrets: Vec::new(),
            address_space_mib: None,
            status: vec![0],
            stdout: None,
            stdout_has: Vec::new(),
            stderr_has: Vec::new(),
            stderr_lacks: vec!["panicked".to_owned()],
        }
    }

    pub(crate) fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    pub(crate) fn args<A: Into<String>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// The report gets all its sections, which take most of a small run's time: without this a run has none of them, and
    /// `report` has one.
    pub(crate) fn whole_report(mut self) -> Self {
        self.sections = None;
        self
    }

    /// The report gets these sections alone, which are separated by commas.
    pub(crate) fn sections(mut self, names: &str) -> Self {
        self.sections = Some(names.to_owned());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The API key by its environment variable.
    pub(crate) fn key(self, key: &str) -> Self {
        self.env("AISA_API_KEY", key).secret(key)
    }

    /// A text that must show neither on stdout nor on stderr.
    pub(crate) fn secret(mut self, secret: &str) -> Self {
        self.secrets.push(secret.to_owned());
        self
    }

    /// Adds `--base-url` behind the other arguments.
    pub(crate) fn api(mut self, api: &MockApi) -> Self {
        self.base_url = Some(api.base_url());
        self
    }

    /// Writes a file that only its owner can read.
    pub(crate) fn private_file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let command = self.file(path, content);
        let path = command.dir.path().join(path);
        let owners = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(path, owners).expect("its permissions can be set");
        command
    }

    /// Writes a file into the working directory now.
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        fs::write(path, content).expect("a file can be written");
        self
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// It gets no more memory than this. The program itself, with its threads, takes about 350 MiB of address space in a
    /// debug build.
    #[cfg(target_os = "linux")]
    pub(crate) fn address_space_mib(mut self, mib: u32) -> Self {
        self.address_space_mib = Some(mib);
        // What threads reserve for themselves does not grow with the machine.
        ["MALLOC_ARENA_MAX", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "TOKIO_WORKER_THREADS"]
            .into_iter()
            .fold(self, |command, name| command.env(name, "2"))
    }

    /// The exit code expected.
    pub(crate) fn status(mut self, status: i32) -> Self {
        self.status = vec![status];
        self
    }

    /// One of these exit codes; [`Output::status`] says which.
    pub(crate) fn any_status(mut self, statuses: &[i32]) -> Self {
        self.status = statuses.to_vec();
        self
    }

    /// The whole of stdout.
    pub(crate) fn stdout(mut self, stdout: &str) -> Self {
        self.stdout = Some(stdout.to_owned());
        self
    }

    pub(crate) fn stdout_has(mut self, text: &str) -> Self {
        self.stdout_has.push(text.to_owned());
        self
    }

    pub(crate) fn stderr_has(mut self, text: &str) -> Self {
        self.stderr_has.push(text.to_owned());
        self
    }

    pub(crate) fn stderr_lacks(mut self, text: &str) -> Self {
        self.stderr_lacks.push(text.to_owned());
        self
    }

    /// Its directory, as if a command had run in it and said nothing.
    pub(crate) fn without_running(self) -> Output {
        Output { dir: self.dir, status: 0, stdout: String::new(), stderr: String::new() }
    }

    #[track_caller]
    pub(crate) fn run(self) -> Output {
        match self.try_run() {
            Ok(output) => output,
            Err(complaints) => panic!("{complaints}"),
        }
    }

    /// The output, or what is wrong with it together with all that the command said.
    pub(crate) fn try_run(self) -> Result<Output, String> {
        let output = self.command().output().expect("reelframe can be started");
        self.check(output)
    }

    /// Starts the command and leaves it running.
    pub(crate) fn spawn(self) -> Running {
        let mut command = self.command();
        // It can be held until stdin ends (REELFRAME_PAUSE), which it does once somebody waits for the command.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running { child: command.spawn().expect("reelframe can be started"), expected: self, said: Vec::new() }
    }

    fn check(self, output: std::process::Output) -> Result<Output, String> {
        let stdout = String::from_utf8(output.stdout).expect("stdout is UTF-8");
        let stderr = String::from_utf8(output.stderr).expect("stderr is UTF-8");
        let complaints = self.complaints(output.status.code(), &stdout, &stderr);
        if complaints.is_empty() {
            return Ok(Output { dir: self.dir, status: output.status.code().unwrap_or(KILLED), stdout, stderr });
        }
        let mut report = complaints.join("\n");
        let _ = write!(report, "\n\n$ reelframe {}\n", self.arguments().join(" "));
        let _ = write!(report, "--- {}\n--- stdout\n{stdout}\n--- stderr\n{stderr}", output.status);
        Err(report)
    }

    /// As it will be started.
    pub(crate) fn command(&self) -> Command {
        let program = env!("CARGO_BIN_EXE_reelframe");
        let mut command = Command::new(self.address_space_mib.map_or(program, |_| "sh"));
        if let Some(mib) = self.address_space_mib {
            command.args(["-c", &format!("ulimit -v {}; exec \"$0\" \"$@\"", u64::from(mib) * 1024), program]);
        }
        command
            .args(self.arguments())
            .current_dir(self.dir.path())
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", self.dir.path())
            .env("NO_COLOR", "1")
            .envs(&self.env)
            .stdin(Stdio::null());
        if let Some(names) = &self.sections {
            let is_report = self.args.first().is_some_and(|command| command == "report");
            let unless_named = if is_report { "overview" } else { "none" };
            command.env("REELFRAME_SECTIONS", if names.is_empty() { unless_named } else { names });
        }
        command
    }

    fn arguments(&self) -> Vec<String> {
        let base_url = self.base_url.iter().flat_map(|url| ["--base-url".to_owned(), url.clone()]);
        self.args.iter().cloned().chain(base_url).collect()
    }

    /// Everything that is not as expected, one line each.
    fn complaints(&self, status: Option<i32>, stdout: &str, stderr: &str) -> Vec<String> {
        let mut complaints = Vec::new();
        if !self.status.contains(&status.unwrap_or(KILLED)) {
            let got = status.map_or("a signal".to_owned(), |code| code.to_string());
            let expected: Vec<String> = self.status.iter().map(ToString::to_string).collect();
            complaints.push(format!("expected status {}, got {got}", expected.join(" or ")));
        }
        if let Some(expected) = self.stdout.as_deref().filter(|expected| *expected != stdout) {
            complaints.push(format!("expected stdout {expected:?}, got {stdout:?}"));
        }
        let lacks = |text: &&String, stream: &str| !stream.contains(text.as_str());
        complaints.extend(self.stdout_has.iter().filter(|t| lacks(t, stdout)).map(|t| format!("stdout lacks {t:?}")));
        complaints.extend(self.stderr_has.iter().filter(|t| lacks(t, stderr)).map(|t| format!("stderr lacks {t:?}")));
        complaints.extend(self.stderr_lacks.iter().filter(|t| !lacks(t, stderr)).map(|t| format!("stderr has {t:?}")));
        let in_args = |secret: &&String| self.args.iter().any(|arg| arg.contains(secret.as_str()));
        let shown = |secret: &&String| !lacks(secret, stdout) || !lacks(secret, stderr) || in_args(secret);
        complaints.extend(self.secrets.iter().filter(shown).map(|secret| format!("the output shows {secret:?}")));
        complaints
    }
}

/// A command that is running.
pub(crate) struct Running {
    child: Child,
    expected: Reelframe,
    /// What of its stderr was read already.
    said: Vec<u8>,
}

impl Running {
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Another command in the same directory.
    pub(crate) fn then(&self) -> Reelframe {
        Reelframe::within(Rc::clone(&self.expected.dir))
    }

    /// Waits until it has said this on stderr.
    #[track_caller]
    pub(crate) fn wait_until_said(&mut self, text: &str) {
        let stderr = self.child.stderr.as_mut().expect("stderr is a pipe");
        // One byte at a time, so that the rest is left to whoever waits for the end.
        let mut byte = [0];
        while !self.said.ends_with(text.as_bytes()) {
            let read = stderr.read(&mut byte).expect("stderr can be read");
            assert!(read == 1, "it ended and never said {text:?}:\n{}", String::from_utf8_lossy(&self.said));
            self.said.push(byte[0]);
        }
    }

    #[track_caller]
    fn check(self) -> Output {
        let mut output = self.child.wait_with_output().expect("reelframe can be waited for");
        output.stderr.splice(..0, self.said);
        self.expected.check(output).unwrap_or_else(|complaints| panic!("{complaints}"))
    }

    /// Sends a signal by its name: INT, TERM, KILL.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().expect("kill can be started");
        assert!(sent.success(), "signal {name} could not be sent");
    }

    /// The most memory that it ever had resident.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it is still running");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
        peak.and_then(|peak| peak.trim().parse().ok()).expect("the kernel tells the peak")
    }

    /// Waits for the end; besides what it said, the most memory that it had resident.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub(crate) fn wait_with_peak_kib(self) -> (Output, u64) {
        let mut peak_kib = 0;
        // The peak only grows, and is gone with the process.
        while let Some(peak) = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok().and_then(|status| {
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB")?.trim().parse().ok())
        }) {
            peak_kib = peak;
            std::thread::yield_now();
        }
        (self.check(), peak_kib)
    }

    /// Kills it, and checks what it said until then.
    #[track_caller]
    pub(crate) fn kill(mut self) -> Output {
        self.child.kill().expect("reelframe can be killed");
        self.expected = self.expected.any_status(&[KILLED]);
        self.check()
    }

    /// Waits for the end and checks it as any command's.
    #[track_caller]
    pub(crate) fn wait(self) -> Output {
        self.check()
    }
}

/// What a command left behind; the directory lives as long as any output of it.
#[derive(Debug)]
pub(crate) struct Output {
    dir: Rc<TempDir>,
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.dir().join(relative)
    }

    /// The rows of a table of the latest run in the default store.
    pub(crate) fn table(&self, name: &str) -> Vec<Row> {
        self.table_of("reels", name)
    }

    pub(crate) fn table_of(&self, store: &str, name: &str) -> Vec<Row> {
        read_parquet(&self.path(&format!("{store}/latest/{name}.parquet")))
    }

    /// The rows of a table that was exported into a folder.
    pub(crate) fn table_at(&self, folder: &str, name: &str) -> Vec<Row> {
        read_parquet(&self.path(&format!("{folder}/{name}.parquet")))
    }

    /// Another command in the same directory; arguments, environment and expectations start afresh.
    pub(crate) fn then(&self) -> Reelframe {
        Reelframe::within(Rc::clone(&self.dir))
    }
}
