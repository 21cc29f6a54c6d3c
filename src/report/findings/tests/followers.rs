//! The finding on followers: present where two counts support it, absent where either condition fails.

use crate::report::findings::tests::{said, with};
use crate::report::test_rows::{Fields, text};
use crate::schema::cell::Day;
use crate::schema::value::Value;

#[test]
fn followers_that_changed_over_the_period() {
    // 31 October to 28 November 2025.
    let row: Fields = vec![
        ("account", text("ana")),
        ("followers", Value::Int(17_920)),
        ("followers_as_of", Value::Day(Day(20_420))),
        ("followers_since", Value::Day(Day(20_392))),
        ("followers_gained", Value::Int(420)),
        ("followers_gained_rate", Value::Float(0.024)),
    ];
    let of = |name: &str, value: Value| said("overview", vec![with(&row, name, value)]);
    assert_eq!(
        said("overview", vec![row.clone()]),
        ["ana: Followers rose by 2.4 % to 17,920 on 28 November 2025 (420 more than on 31 October 2025)."]
    );
    let fewer = with(&with(&row, "followers_gained", Value::Int(-420)), "followers_gained_rate", Value::Float(-0.015));
    assert_eq!(
        said("overview", vec![fewer]),
        ["ana: Followers fell by 1.5 % to 17,920 on 28 November 2025 (420 fewer than on 31 October 2025)."]
    );
    // At least 1 %, and at least 10 followers.
    assert_eq!(of("followers_gained_rate", Value::Float(0.01)).len(), 1);
    assert_eq!(of("followers_gained_rate", Value::Float(0.0099)), [""; 0]);
    assert_eq!(of("followers_gained_rate", Value::Float(-0.0099)), [""; 0]);
    assert_eq!(of("followers_gained", Value::Int(10)).len(), 1);
    assert_eq!(of("followers_gained", Value::Int(9)), [""; 0]);
    assert_eq!(of("followers_gained", Value::Int(-9)), [""; 0]);
    // Over at least 7 days.
    assert_eq!(of("followers_since", Value::Day(Day(20_413))).len(), 1);
    assert_eq!(of("followers_since", Value::Day(Day(20_414))), [""; 0]);
    // A number of the accounts file is compared with nothing, and 0 followers are no base.
    assert_eq!(of("followers_since", Value::Null), [""; 0]);
    assert_eq!(of("followers_gained", Value::Null), [""; 0]);
    assert_eq!(of("followers_gained_rate", Value::Null), [""; 0]);
}
