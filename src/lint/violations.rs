//! Violations of the profile.

/// One violation of the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The rule's name, such as `unsigned`.
    pub rule: &'static str,
    /// `None` for a violation of the file as a whole.
    pub column: Option<String>,
    pub message: String,
}

/// The violations found so far: each rule once a column, since a violation in one row group is mostly one in all of them.
#[derive(Default)]
pub(crate) struct Violations(Vec<Violation>);

impl Violations {
    pub(crate) fn into_list(self) -> Vec<Violation> {
        self.0
    }

    pub(crate) fn add(&mut self, rule: &'static str, column: Option<&str>, message: impl Into<String>) {
        if !self.has(rule, column) {
            self.0.push(Violation { rule, column: column.map(str::to_owned), message: message.into() });
        }
    }

    pub(crate) fn has(&self, rule: &str, column: Option<&str>) -> bool {
        self.0.iter().any(|violation| violation.rule == rule && violation.column.as_deref() == column)
    }
}
