//! The exit codes: one table for the program, its help, its man page and the README.

use crate::error::ErrorKind;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Failed(ErrorKind),
    /// With `--skip-code`.
    NothingNew,
}

/// A row of the table.
struct ExitCode {
    exit: Exit,
    code: u8,
    meaning: &'static str,
    /// What to do about it.
    advice: &'static str,
}

const fn row(code: u8, exit: Exit, meaning: &'static str, advice: &'static str) -> ExitCode {
    ExitCode { exit, code, meaning, advice }
}

const TABLE: [ExitCode; 13] = {
    use ErrorKind::*;
    use Exit::*;
    [
        row(0, Done, "done", ""),
        row(1, Failed(Unexpected), "unexpected error", "please report it"),
        row(2, Failed(Usage), "the command line, a setting or one of your files is wrong", "the message names it"),
        row(3, Failed(Partial), "some accounts are partial, not found or failed", "the log gives the reason for each"),
        row(
            4,
            Failed(InvalidData),
            "no item could be parsed, or a check failed",
            "look at the table `findings`, or at the message",
        ),
        row(5, Failed(Transient), "temporary failure", "run again later"),
        row(6, Failed(Auth), "the API key is missing or refused", "set `AISA_API_KEY`"),
        row(
            7,
            Failed(QuotaExhausted),
            "credits or the budget of `--max-calls` or `--max-cost` are exhausted",
            "top up if it is the credits, and run again",
        ),
        row(8, Failed(StoreLocked), "another run is using the store", "wait for it to finish"),
        row(9, Failed(Disk), "the disk failed or is full", "the message names the file"),
        row(99, NothingNew, "nothing new was published (only with `--skip-code`)", ""),
        row(130, Failed(Interrupted), "interrupted (Ctrl-C, SIGINT)", "run again"),
        row(143, Failed(Terminated), "terminated (SIGTERM)", "run again"),
    ]
};

impl Exit {
    pub(crate) fn code(self) -> u8 {
        let row = TABLE.iter().find(|row| row.exit == self);
        row.map_or(1, |row| row.code)
    }

    /// The failure, if it is one.
    pub(crate) fn failure(self) -> Option<ErrorKind> {
        match self {
            Self::Failed(kind) => Some(kind),
            Self::Done | Self::NothingNew => None,
        }
    }

    /// The graver of the two.
    pub(crate) fn or_worse(self, other: Option<ErrorKind>) -> Self {
        self.failure().max(other).map_or(self, Self::Failed)
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        Self::Failed(kind)
    }
}

impl From<Option<ErrorKind>> for Exit {
    fn from(failure: Option<ErrorKind>) -> Self {
        failure.map_or(Self::Done, Self::Failed)
    }
}

/// For the end of the help and of the man page.
pub(crate) fn in_words() -> String {
    let rows: Vec<String> =
        TABLE.iter().map(|row| format!("{:>5}  {}", row.code, row.meaning.replace('`', ""))).collect();
    format!("Exit codes:\n{}", rows.join("\n"))
}

/// For the README.
pub fn to_markdown() -> String {
    let row = |row: &ExitCode| format!("| {} | {} | {} |\n", row.code, row.meaning, row.advice).replace("|  |", "| |");
    format!("| code | meaning | what to do |\n|---|---|---|\n{}", TABLE.iter().map(row).collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_failure_has_a_code_of_its_own() {
        use ErrorKind::*;
        let kinds = [
            Partial,
            InvalidData,
            Transient,
            Unexpected,
            Usage,
            Terminated,
            Interrupted,
            QuotaExhausted,
            Auth,
            StoreLocked,
            Disk,
        ];
        assert_eq!(kinds.map(|kind| Exit::Failed(kind).code()), [3, 4, 5, 1, 2, 143, 130, 7, 6, 8, 9]);
        assert_eq!([Exit::Done, Exit::NothingNew].map(Exit::code), [0, 99]);
        let codes: HashSet<u8> = TABLE.iter().map(|row| row.code).collect();
        assert_eq!(codes.len(), TABLE.len());
    }

    #[test]
    fn the_worse_of_two_exits_is_reported() {
        assert_eq!(Exit::Done.or_worse(Some(ErrorKind::Disk)), Exit::Failed(ErrorKind::Disk));
        assert_eq!(Exit::Failed(ErrorKind::Disk).or_worse(Some(ErrorKind::Partial)), Exit::Failed(ErrorKind::Disk));
        assert_eq!(Exit::NothingNew.or_worse(None), Exit::NothingNew);
    }
}
