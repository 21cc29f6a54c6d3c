//! The period of a report: the days that its figures are of, and the days before that they are compared with.

use polars::error::PolarsResult;
use polars::prelude::{DataFrame, DataType, IntoColumn, NamedFrom, Series};

use crate::query::scope::Scope;
use crate::schema::cell::Day;

/// The one-row table in queries.
pub(crate) const TABLE: &str = "period";
pub(crate) const COLUMNS: [&str; 5] = ["first", "last", "before_first", "before_last", "days"];
/// The days of a period that nothing else sets.
pub(crate) const DEFAULT_DAYS: i32 = 28;
/// The days that charts of days have at least: twelve weeks.
const CHART_DAYS: i32 = 84;

/// Local days, the last included. All are null where nothing was observed and none was given; those before also where
/// nothing is to be compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Period {
    pub first: Option<Day>,
    pub last: Option<Day>,
    pub before_first: Option<Day>,
    pub before_last: Option<Day>,
    /// How many days it has.
    pub days: Option<i32>,
    /// The day of the newest observation.
    pub newest: Option<Day>,
}

impl Period {
    /// The period of a scope over data whose newest observation was on that day.
    pub(crate) fn of(scope: &Scope, newest: Option<Day>) -> Self {
        let Some(last) = scope.to.or(newest.max(scope.from)) else { return Self::default() };
        let days = scope.last_days.unwrap_or(DEFAULT_DAYS).max(1);
        let first = scope.from.unwrap_or(Day(last.0.saturating_sub(days - 1)));
        let days = last.0.saturating_sub(first.0).saturating_add(1);
        let before = |days: i32| Some(Day(first.0.saturating_sub(days))).filter(|_| !scope.compares_nothing);
        Self {
            first: Some(first),
            last: Some(last),
            before_first: before(days),
            before_last: before(1),
            days: Some(days),
            newest,
        }
    }

    /// The first day of the charts of days: twelve weeks up to the last day, or more where the days compared begin earlier.
    pub(crate) fn chart_first(self) -> Option<Day> {
        let weeks = Day(self.last?.0.saturating_sub(CHART_DAYS - 1));
        Some(self.before_first.or(self.first).map_or(weeks, |first| first.min(weeks)))
    }

    /// Whether it reaches the newest observation, so that what is new since the previous update is in it.
    pub(crate) fn is_current(self) -> bool {
        self.newest <= self.last
    }

    /// The day of the newest observation, where the period ends after it.
    pub(crate) fn ends_after(self) -> Option<String> {
        self.newest.filter(|newest| Some(*newest) < self.last)?.date().map(|day| day.to_string())
    }

    /// The table.
    pub(crate) fn frame(self) -> PolarsResult<DataFrame> {
        let day = |name: &str, day: Option<Day>| {
            let days = Series::new(name.into(), [day.map(|day| day.0)]).cast(&DataType::Date)?;
            PolarsResult::Ok(days.into_column())
        };
        let columns = vec![
            day("first", self.first)?,
            day("last", self.last)?,
            day("before_first", self.before_first)?,
            day("before_last", self.before_last)?,
            day("chart_first", self.chart_first())?,
            Series::new("days".into(), [self.days]).into_column(),
        ];
        DataFrame::new(1, columns)
    }

    /// As in the title of a report; `None` where it has no days.
    pub(crate) fn text(self) -> Option<String> {
        let text = |day: Option<Day>| Some(day?.date()?.to_string());
        let (first, last) = (text(self.first)?, text(self.last)?);
        Some(if first == last { first } else { format!("{first} to {last}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(scope: Scope) -> [Option<i32>; 5] {
        let Period { first, last, before_first, before_last, days, .. } = Period::of(&scope, Some(Day(1000)));
        let [first, last, before_first, before_last] = [first, last, before_first, before_last].map(|day| Some(day?.0));
        [first, last, before_first, before_last, days]
    }

    #[test]
    fn without_days_it_is_the_28_days_up_to_the_newest_observation() {
        assert_eq!(days(Scope::default()), [973, 1000, 945, 972, 28].map(Some));
        let last_days = Some(7);
        assert_eq!(days(Scope { last_days, ..Scope::default() }), [994, 1000, 987, 993, 7].map(Some));
        assert_eq!(Period::of(&Scope::default(), None), Period::default());
        let is_current =
            |to: i32| Period::of(&Scope { to: Some(Day(to)), ..Scope::default() }, Some(Day(1000))).is_current();
        assert_eq!([is_current(999), is_current(1000), is_current(1001)], [false, true, true]);
        let ends_after =
            |to: i32| Period::of(&Scope { to: Some(Day(to)), ..Scope::default() }, Some(Day(1000))).ends_after();
        assert_eq!([ends_after(1000), ends_after(1001)], [None, Some("1972-09-27".to_owned())]);
    }

    #[test]
    fn the_days_before_are_as_many_and_end_where_it_begins() {
        let (from, to) = (Some(Day(900)), Some(Day(930)));
        assert_eq!(days(Scope { from, to, ..Scope::default() }), [900, 930, 869, 899, 31].map(Some));
        assert_eq!(days(Scope { from, ..Scope::default() }), [900, 1000, 799, 899, 101].map(Some));
        assert_eq!(days(Scope { to, ..Scope::default() }), [903, 930, 875, 902, 28].map(Some));
        assert_eq!(days(Scope { from: Some(Day(1005)), ..Scope::default() }), [1005, 1005, 1004, 1004, 1].map(Some));
        let alone = Scope { from, to, compares_nothing: true, ..Scope::default() };
        assert_eq!(days(alone), [Some(900), Some(930), None, None, Some(31)]);
    }

    #[test]
    fn charts_begin_twelve_weeks_before_its_end_or_with_the_days_before() {
        let chart_first = |scope: Scope| Period::of(&scope, Some(Day(1000))).chart_first().map(|day| day.0);
        assert_eq!(chart_first(Scope::default()), Some(917));
        let last_days = |days: i32, compares_nothing: bool| {
            chart_first(Scope { last_days: Some(days), compares_nothing, ..Scope::default() })
        };
        // Two periods of 42 days are the twelve weeks; of 43 days they are longer.
        assert_eq!([42, 43].map(|days| last_days(days, false)), [Some(917), Some(915)]);
        assert_eq!([84, 85].map(|days| last_days(days, true)), [Some(917), Some(916)]);
        assert_eq!(chart_first(Scope { to: Some(Day(930)), ..Scope::default() }), Some(847));
        assert_eq!(Period::of(&Scope::default(), None).chart_first(), None);
    }

    #[test]
    fn its_text_names_one_day_once() {
        let of = |from: i32, to: i32| {
            Period::of(&Scope { from: Some(Day(from)), to: Some(Day(to)), ..Scope::default() }, None)
        };
        assert_eq!(of(20_000, 20_000).text().unwrap(), "2024-10-04");
        assert_eq!(of(20_000, 20_002).text().unwrap(), "2024-10-04 to 2024-10-06");
        assert_eq!(Period::default().text(), None);
    }
}
