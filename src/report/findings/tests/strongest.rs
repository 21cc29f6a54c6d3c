//! Which findings come first.

use super::group;
use crate::report::findings::{Finding, findings};
use crate::report::render::page::highlights::strongest;
use crate::report::test_rows::{Fields, answer, text};
use crate::schema::value::Value;

#[test]
fn the_strongest_of_each_kind_of_answer_come_first_and_five_are_enough() {
    let gained = |account: &str, rate: f64| -> Fields {
        let (views, rate) = (Value::Int(1_000), Value::Float(rate));
        vec![("account", text(account)), ("views_gained", views), ("views_gained_change_rate", rate)]
    };
    let breakout = |account: &str, multiple: f64| -> Fields {
        vec![
            ("account", text(account)),
            ("performance", text("breakout")),
            ("rated_multiple", Value::Float(multiple)),
            ("baseline_n", Value::Int(8)),
        ]
    };
    let overview = answer([0.2, -0.5, 0.9, 0.3].map(|rate| gained("ana", rate)).into());
    let outliers = answer(vec![breakout("ana", 6.0), breakout("bob", 9.0)]);
    let slot = [("posted_weekday", Value::Int(4)), ("posted_daypart", text("evening")), ("n", Value::Int(5))];
    let times = answer(vec![group(&[&slot[..], &[("cautious_multiple", Value::Float(1.2))]].concat())]);
    let answer_of = |name: &str| match name {
        "overview" => Some(&overview),
        "outliers" => Some(&outliers),
        "best_times" => Some(&times),
        _ => None,
    };
    let all = findings(answer_of, &Value::Null, true);
    // Three of a kind and account, two reels and a time.
    assert_eq!(all.len(), 6);
    let claims = |is_of: &dyn Fn(&Finding) -> bool| -> Vec<String> {
        strongest(&all, is_of).iter().map(|finding| finding.claim.replace('\u{a0}', " ")).collect()
    };
    // Half the views are a stronger change than 90 % more.
    let times = "Thursday evenings got about 1.2 times the average views";
    let [fell, rose] = ["Views gained per day fell by 50 %", "Views gained per day rose by 90 %"];
    assert_eq!(claims(&|_| true)[..2], [fell, rose]);
    assert_eq!(claims(&|_| true)[4], times);
    assert!(claims(&|_| true)[2].contains("9.0 times") && claims(&|_| true)[3].contains("6.0 times"));
    // With fewer to choose from, one answer has more.
    assert_eq!(claims(&|finding| finding.kind == "views_gained").len(), 3);
    assert_eq!(claims(&|finding| finding.account == "nobody"), [""; 0]);
}
