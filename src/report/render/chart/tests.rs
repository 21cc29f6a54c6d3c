//! Charts: what they show, what they leave out, and that they load nothing from outside.

use crate::query::answer::{Answer, AnswerColumn};
use crate::query::file::Chart;
use crate::report::{render::chart::data::chart_data, render::chart::draw};
use crate::schema::{cell::Day, column::ColumnType, value::Value};

/// An answer of account, month, median_views and n.
fn answer(rows: &[(&str, &str, Option<f64>, i64)]) -> Answer {
    let types = [ColumnType::String, ColumnType::String, ColumnType::Float64, ColumnType::Int64];
    let names = ["account", "posted_month", "median_views", "n"];
    let columns = names.into_iter().zip(types);
    let row = |&(account, month, views, n): &(&str, &str, Option<f64>, i64)| {
        let views = views.map_or(Value::Null, Value::Float);
        vec![Value::Text(account.to_owned()), Value::Text(month.to_owned()), views, Value::Int(n)]
    };
    Answer {
        columns: columns.map(|(name, column_type)| AnswerColumn { name: name.to_owned(), column_type }).collect(),
        rows: rows.iter().map(row).collect(),
    }
}

fn line() -> Chart {
    let (x, y) = ("posted_month".to_owned(), "median_views".to_owned());
    Chart::Line { x, y, by: Some("account".to_owned()) }
}

#[test]
fn a_line_breaks_where_a_value_is_missing_and_leaves_out_the_few() {
    let rows = [
        ("ana", "2026-01", Some(100.0), 5),
        ("ana", "2026-02", Some(200.0), 5),
        ("ana", "2026-04", Some(300.0), 5),
        ("bob", "2026-01", Some(150.0), 9),
        ("bob", "2026-03", Some(9999.0), 2),
        ("bob", "2026-04", None, 0),
    ];
    let drawing = draw(&line(), &answer(&rows)).unwrap();
    assert_eq!(drawing.notes, ["The chart leaves out 1 group of fewer than 3 reels."]);
    let says = "Line chart: Median views by month for 2 accounts or groups, 4 values from 100 (ana, 2026-01) to 300 \
                (ana, 2026-04).";
    assert!(drawing.svg.contains(&format!("aria-label=\"{says}\"")), "{}", drawing.svg);
    // March is not on the axis, since its only value is left out; ana's line is unbroken.
    assert!(!drawing.svg.contains("2026-03"));
    let ana = |svg: &str| svg.split("series bar-1\" d=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(ana(&drawing.svg).matches('M').count(), 1, "{}", drawing.svg);
    let mut gap = rows.to_vec();
    gap[4].3 = 9;
    let svg = draw(&line(), &answer(&gap)).unwrap().svg;
    let place = |month: &str| {
        let before = &svg[..svg.find(&format!(">{month}<")).expect(month)];
        before.rsplit("x=\"").next().unwrap().split('%').next().unwrap().parse::<f64>().unwrap()
    };
    let months = ["2026-01", "2026-02", "2026-03", "2026-04"].map(place);
    assert!(months.is_sorted(), "in the order of the months though each account lacks some: {months:?}");
    // ana has no March: two stretches, and one name at the end.
    assert_eq!((ana(&svg).matches('M').count(), svg.matches(">ana<").count()), (2, 1));
}

#[test]
fn days_stand_as_far_apart_as_they_are_and_a_line_joins_those_with_a_value() {
    let row = |account: &str, day: i32, rate: f64| {
        vec![Value::Text(account.to_owned()), Value::Day(Day(day)), Value::Float(rate)]
    };
    let types = [("account", ColumnType::String), ("day", ColumnType::Date), ("rate", ColumnType::Float64)];
    let columns = types.map(|(name, column_type)| AnswerColumn { name: name.to_owned(), column_type });
    let rows = vec![row("ana", 100, 0.0), row("ana", 101, 1.0), row("ana", 110, 2.0), row("bob", 105, 1.0)];
    let chart = Chart::Line { x: "day".to_owned(), y: "rate".to_owned(), by: Some("account".to_owned()) };
    let svg = draw(&chart, &Answer { columns: columns.to_vec(), rows }).unwrap().svg;
    let place = |series: &str| -> Vec<f64> {
        let dots = svg.split("<circle").skip(1).filter(|dot| dot.contains(series));
        dots.map(|dot| dot.split("cx=\"").nth(1).unwrap().split('%').next().unwrap().parse().unwrap()).collect()
    };
    // From 4 to 96: 1 of 10 days is a tenth of the way.
    assert_eq!(place("mark-1"), [4.0, 13.2, 96.0], "{svg}");
    assert_eq!(place("mark-2"), [50.0]);
    // ana has no value on bob's day: one line all the same. Labels do not lie on one another.
    let ana = svg.split("series bar-1\" d=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(ana.matches('M').count(), 1);
    assert!(svg.contains(">1970-04-12<") && !svg.contains(">1970-04-11<"), "{svg}");
}

#[test]
fn a_log_axis_is_for_values_that_span_decades() {
    let data = |views: &[f64]| {
        let rows: Vec<_> = views.iter().map(|views| ("ana", "2026-01", Some(*views), 5)).collect();
        chart_data(&answer(&rows), "posted_month", "median_views", None).unwrap()
    };
    let spans = |views: &[f64]| data(views).spans_decades(|point| Some(point.value));
    assert!(spans(&[10.0, 1001.0]));
    assert!(!spans(&[10.0, 1000.0]));
    assert!(!spans(&[-1.0, 10.0, 5000.0]));
}

#[test]
fn a_picture_refers_to_nothing_and_its_text_stays_text() {
    let rows = [("<script>$x$\u{202e}", "a", Some(1.0), 5), ("\"'><b>", "b", Some(2.0), 5)];
    let (x, y) = ("median_views".to_owned(), "account".to_owned());
    for chart in [line(), Chart::HorizontalBar { x, y }] {
        let drawing = draw(&chart, &answer(&rows)).unwrap();
        for outside in ["url(", "http", "href", "<script", "<b>", "id=", "\u{202e}", "<!--", "<i"] {
            assert!(!drawing.svg.contains(outside), "{outside} in {}", drawing.svg);
        }
        assert!(drawing.svg.starts_with("<svg class=\"chart\" role=\"img\" aria-label=\""), "{}", drawing.svg);
        assert_eq!(drawing.svg, draw(&chart, &answer(&rows)).unwrap().svg, "the same answer, the same picture");
    }
}

#[test]
fn what_cannot_be_drawn_is_a_table_alone() {
    assert!(draw(&line(), &answer(&[("ana", "2026-01", Some(1.0), 5)])).is_none(), "one value is no picture");
    let other = Chart::Bar { x: "nowhere".to_owned(), y: "median_views".to_owned(), by: None };
    assert!(draw(&other, &answer(&[("a", "b", Some(1.0), 5), ("a", "c", Some(2.0), 5)])).is_none());
}

#[test]
fn many_series_and_many_points_are_cut_and_that_is_said() {
    let names: Vec<String> = (0..9).map(|number| format!("account{number}")).collect();
    let rows: Vec<_> = names
        .iter()
        .flat_map(|name| [(name.as_str(), "2026-01", Some(1.0), 5), (name.as_str(), "2026-02", Some(2.0), 5)])
        .collect();
    let drawing = draw(&line(), &answer(&rows)).unwrap();
    assert_eq!(drawing.notes, ["The chart shows 6 of 9 accounts: those with the most values."]);
    let rows: Vec<_> = (0..2000).map(|number| ("a", "b", Some(f64::from(number)), 5)).collect();
    let scatter = Chart::Scatter { x: "median_views".to_owned(), y: "median_views".to_owned(), by: None };
    let drawing = draw(&scatter, &answer(&rows)).unwrap();
    assert_eq!(drawing.notes, ["Showing an even sample of 500 of 2,000 points."]);
    assert!(drawing.svg.len() < 60_000, "{}", drawing.svg.len());
}
