//! How a command ended: the text for people on stdout, or the one JSON object for programs.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::{exit_code::Exit, hints, output};
use crate::error::{Error, ErrorKind, Result};

/// What a command reports when it is done.
#[derive(Debug)]
pub(crate) struct Ending {
    pub exit: Exit,
    /// For people, on stdout; not with `--quiet`.
    talk: String,
    /// The problems in that text, for stderr where the text is not printed.
    troubles: Vec<String>,
    /// Why the command failed.
    cause: Option<Cause>,
    /// The command's own members of the JSON object.
    facts: Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct Cause {
    message: String,
    hint: Option<String>,
}

/// Who reads the ending.
#[derive(Debug)]
pub(crate) struct Audience<'a> {
    /// `None` where the command line names none.
    pub command: Option<&'a str>,
    pub is_json: bool,
    pub is_quiet: bool,
    /// stdout is the data that was asked for, so that the JSON object goes to stderr.
    pub has_data_on_stdout: bool,
}

/// The JSON object: the same members first, whatever the command.
#[derive(Serialize)]
struct JsonObject<'a> {
    command: Option<&'a str>,
    ok: bool,
    exit_code: u8,
    duration_s: f64,
    bytes: u64,
    error: Option<&'a Cause>,
    #[serde(flatten)]
    facts: &'a Map<String, Value>,
}

impl Ending {
    /// The command succeeded, with this text for people.
    pub(crate) fn done(talk: impl Into<String>) -> Self {
        Self { exit: Exit::Done, talk: talk.into(), troubles: Vec::new(), cause: None, facts: Map::new() }
    }

    /// The command failed with an error that is already logged.
    pub(crate) fn failed(error: &Error) -> Self {
        Self::done("").exit(error.kind).cause(hints::message(error), hints::hint(error))
    }

    pub(crate) fn exit(mut self, exit: impl Into<Exit>) -> Self {
        self.exit = exit.into();
        self
    }

    pub(crate) fn talk(mut self, talk: String) -> Self {
        self.talk = talk;
        self
    }

    pub(crate) fn troubles(mut self, troubles: Vec<String>) -> Self {
        self.troubles = troubles;
        self
    }

    pub(crate) fn cause(mut self, message: String, hint: Option<String>) -> Self {
        self.cause = Some(Cause { message, hint });
        self
    }

    /// The command's own members of the JSON object.
    pub(crate) fn members(&self) -> &Map<String, Value> {
        &self.facts
    }

    /// Why the command failed.
    pub(crate) fn why(&self) -> Option<&str> {
        self.cause.as_ref().map(|cause| cause.message.as_str())
    }

    /// One more member of the JSON object.
    pub(crate) fn fact(mut self, name: &str, value: impl Serialize) -> Result<Self> {
        self.facts.insert(name.to_owned(), serde_json::to_value(value).map_err(Error::unexpected)?);
        Ok(self)
    }

    /// All members of `facts`, which is an object.
    pub(crate) fn facts(mut self, facts: impl Serialize) -> Result<Self> {
        match serde_json::to_value(facts).map_err(Error::unexpected)? {
            Value::Object(facts) => self.facts.extend(facts),
            other => return Err(Error::unexpected(format!("{other} is not a JSON object"))),
        }
        Ok(self)
    }

    /// Prints it: `duration` is the command's, `bytes` is what it wrote to the disk.
    ///
    /// # Errors
    /// `Disk` where stdout cannot be written.
    pub(crate) fn say(&self, to: &Audience, duration: Duration, bytes: u64) -> Result<()> {
        if to.is_json {
            let line = self.line(to.command, duration, bytes)?;
            if !to.has_data_on_stdout {
                return print(&line);
            }
            output::to_stderr(&line);
            return Ok(());
        }
        if !to.is_quiet {
            return print_shown(&self.talk);
        }
        self.troubles.iter().for_each(|trouble| tracing::error!("{trouble}"));
        Ok(())
    }

    fn line(&self, command: Option<&str>, duration: Duration, bytes: u64) -> Result<String> {
        let line = JsonObject {
            command,
            ok: matches!(self.exit, Exit::Done | Exit::NothingNew),
            exit_code: self.exit.code(),
            duration_s: duration.as_millis() as f64 / 1000.0,
            bytes,
            error: self.cause.as_ref(),
            facts: &self.facts,
        };
        serde_json::to_string(&line).map(|line| line + "\n").map_err(Error::unexpected)
    }
}

/// Writes to stdout; a reader that has closed it (`| head`) is not an error.
pub(crate) fn print(text: &str) -> Result<()> {
    match output::to_stdout(text) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::new(ErrorKind::Disk, format!("could not write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes text for people, wherever stdout leads.
pub(crate) fn print_shown(text: &str) -> Result<()> {
    print(&output::clean(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_has_the_same_members_first_and_the_commands_own_after_them() {
        let ending = Ending::done("two\n").fact("pages", 2).unwrap().facts(serde_json::json!({"rows": null})).unwrap();
        let line = ending.line(Some("fetch"), Duration::from_micros(1_234_567), 9).unwrap();
        assert_eq!(
            line,
            "{\"command\":\"fetch\",\"ok\":true,\"exit_code\":0,\"duration_s\":1.234,\"bytes\":9,\"error\":null,\
             \"pages\":2,\"rows\":null}\n"
        );
        let failed = Ending::failed(&Error::usage("no account").hint("name one"));
        assert_eq!(
            failed.line(None, Duration::ZERO, 0).unwrap(),
            "{\"command\":null,\"ok\":false,\"exit_code\":2,\"duration_s\":0.0,\"bytes\":0,\
             \"error\":{\"message\":\"no account\",\"hint\":\"name one\"}}\n"
        );
        assert!(Ending::done("").facts(3).is_err());
    }

    #[test]
    fn nothing_new_is_not_a_failure_and_partial_is() {
        let ok = |exit: Exit| {
            let line = Ending::done("").exit(exit).line(None, Duration::ZERO, 0).unwrap();
            serde_json::from_str::<Value>(&line).unwrap()["ok"].clone()
        };
        assert_eq!(
            [Exit::NothingNew, ErrorKind::Partial.into(), ErrorKind::Interrupted.into()].map(ok),
            [true, false, false]
        );
    }
}
