//! A change in words: against the period before.

use serde::Serialize;

use crate::report::render::format::{Precision, format_value, grouped};
use crate::schema::value::Value;

#[derive(Serialize, Clone)]
pub(crate) struct Change {
    pub text: String,
    /// `more`, `less` or `chance`.
    pub class: &'static str,
}

impl Change {
    /// A sum is a fact, whatever chance does.
    pub(crate) fn of_a_sum(rate: f64) -> Self {
        match rate {
            -0.005..0.005 => Self { text: "as before".to_owned(), class: "chance" },
            0.0.. => Self { text: percent(rate), class: "more" },
            _ => Self { text: percent(rate), class: "less" },
        }
    }

    /// A count that changes little: a decimal more than a sum has.
    pub(crate) fn of_a_count(rate: f64) -> Self {
        let (sign, class) = match rate {
            0.0 => return Self { text: "as before".to_owned(), class: "chance" },
            0.0.. => ("▲", "more"),
            _ => ("▼", "less"),
        };
        let size = format_value("change_rate", &Value::Float(rate.abs()), Precision::Short);
        Self { text: format!("{sign} {size}"), class }
    }

    /// A difference that chance explains is none.
    pub(crate) fn within_chance() -> Self {
        Self { text: "no clear change".to_owned(), class: "chance" }
    }
}

/// ▲ 23 %, ▼ 4 %
fn percent(rate: f64) -> String {
    let sign = if rate >= 0.0 { "▲" } else { "▼" };
    format!("{sign} {}\u{a0}%", grouped((100.0 * rate.abs()).round() as i64))
}
