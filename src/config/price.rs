//! What calls cost: an estimate in US dollars, never a bill. The vendor may charge by what a response holds.

use std::fmt;

/// The vendor's public price of a call, and the day of that price list.
const LIST_PRICE: Usd = Usd { micros: 12_000 };
const LIST_DAY: &str = "2026-09-01";

/// No call and no run costs more: a larger number is a slip.
const MOST_USD: u64 = 1_000_000;
const MICROS: u64 = 1_000_000;

/// US dollars, exact to a millionth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd {
    micros: u64,
}

impl Usd {
    /// Reads `12`, `0.012` or `$0.012`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Usd, String> {
        let number = text.trim();
        let number = number.strip_prefix('$').unwrap_or(number);
        let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
        let is_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && rest.is_empty() || !is_digits(whole) || !is_digits(rest) {
            return Err("use an amount in US dollars, such as 5 or 0.012".to_owned());
        }
        if rest.trim_end_matches('0').len() > 6 {
            return Err("an amount has at most 6 decimals".to_owned());
        }
        let dollars: u64 = if whole.is_empty() { 0 } else { whole.parse().unwrap_or(u64::MAX) };
        if dollars > MOST_USD {
            return Err(format!("more than ${MOST_USD} is hardly meant"));
        }
        let decimals = format!("{:0<6.6}", rest.trim_end_matches('0'));
        Ok(Usd { micros: dollars * MICROS + decimals.parse::<u64>().unwrap_or(0) })
    }

    pub fn is_zero(self) -> bool {
        self.micros == 0
    }

    /// For JSON and tables.
    pub fn dollars(self) -> f64 {
        self.micros as f64 / MICROS as f64
    }
}

impl fmt::Display for Usd {
    /// `$1,234.50` and, below ten dollars, as many decimals as it needs: `$0.012`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.micros < 10 * MICROS && !self.micros.is_multiple_of(10_000) {
            let decimals = format!("{:06}", self.micros % MICROS);
            return write!(f, "${}.{}", self.micros / MICROS, decimals.trim_end_matches('0'));
        }
        let cents = (self.micros + 5_000) / 10_000;
        let (dollars, cents) = ((cents / 100).to_string(), cents % 100);
        let groups: Vec<&str> =
            dollars.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
        write!(f, "${}.{cents:02}", groups.join(","))
    }
}

/// What one call costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallPrice {
    price: Usd,
    is_listed: bool,
}

impl CallPrice {
    /// The price that the user gave, else the list price; `None` where it is 0, so that no cost is shown.
    pub fn of(given: Option<Usd>) -> Option<CallPrice> {
        let price = CallPrice { price: given.unwrap_or(LIST_PRICE), is_listed: given.is_none() };
        (!price.price.is_zero()).then_some(price)
    }

    pub fn usd(self) -> Usd {
        self.price
    }

    pub fn cost(self, calls: u64) -> Usd {
        Usd { micros: self.price.micros.saturating_mul(calls) }
    }

    /// How many calls an amount pays for.
    pub fn calls_for(self, amount: Usd) -> u32 {
        u32::try_from(amount.micros / self.price.micros).unwrap_or(u32::MAX)
    }

    /// `about $3.60 for 300 calls at $0.012, list price of 2026-09-01`; `calls` are the words for the calls.
    pub fn about(self, number: u64, calls: &str) -> String {
        format!("about {} for {calls} at {self}", self.cost(number))
    }
}

impl fmt::Display for CallPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.price)?;
        if self.is_listed { write!(f, ", list price of {LIST_DAY}") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Usd {
        Usd::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn amounts_are_read_exactly_and_written_for_people() {
        for (text, written) in [
            ("0", "$0.00"),
            ("0.012", "$0.012"),
            (".5", "$0.50"),
            ("$0.00376", "$0.00376"),
            ("0.000001", "$0.000001"),
            ("3.6", "$3.60"),
            ("1.005", "$1.005"),
            ("10.005", "$10.01"),
            ("12.", "$12.00"),
            ("1234.5", "$1,234.50"),
            ("1000000.00", "$1,000,000.00"),
        ] {
            assert_eq!(usd(text).to_string(), written, "{text}");
        }
        for wrong in
            ["", ".", "$", "$$5", "-1", "1e3", "1,5", "NaN", "inf", "0.0000001", "1000001", "99999999999999999999"]
        {
            assert!(Usd::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn costs_and_limits_are_whole_calls() {
        let list = CallPrice::of(None).unwrap();
        assert_eq!(list.about(300, "300 calls"), "about $3.60 for 300 calls at $0.012, list price of 2026-09-01");
        let own = CallPrice::of(Some(usd("0.01"))).unwrap();
        assert_eq!(own.about(1, "1 call"), "about $0.01 for 1 call at $0.01");
        assert_eq!(CallPrice::of(Some(usd("0"))), None);
        // 5 / 0.012 is 416.7, and 0.36 / 0.012 is exactly 30.
        assert_eq!([usd("5"), usd("0.36"), usd("0.011999")].map(|amount| list.calls_for(amount)), [416, 30, 0]);
        assert_eq!(list.cost(416).dollars(), 4.992);
    }
}
