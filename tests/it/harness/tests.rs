//! The harness fails where it should.

use super::Reelframe;

/// An invocation that no version of the program ends with this status.
fn mismatched() -> Reelframe {
    Reelframe::new().arg("--no-such-flag").status(77)
}

#[test]
fn a_mismatch_shows_the_command_and_all_it_said() {
    let report = mismatched().stdout("x").stdout_has("y").stderr_has("z").try_run().unwrap_err();
    for part in [
        "expected status 77, got ",
        "expected stdout \"x\", got ",
        "stdout lacks \"y\"",
        "stderr lacks \"z\"",
        "$ reelframe --no-such-flag\n",
        "--- stdout\n",
        "--- stderr\n",
    ] {
        assert!(report.contains(part), "{part:?} is missing in:\n{report}");
    }
}

#[test]
#[should_panic(expected = "expected status 77")]
fn a_mismatch_fails_the_test() {
    mismatched().run();
}

#[test]
fn secrets_and_panics_are_complaints() {
    let command = Reelframe::new().key("hush").stderr_lacks("never");
    assert_eq!(command.complaints(Some(0), "fine", "fine"), [""; 0]);
    assert_eq!(command.complaints(Some(0), "hush", ""), ["the output shows \"hush\""]);
    assert_eq!(command.complaints(Some(0), "", "hush"), ["the output shows \"hush\""]);
    assert_eq!(command.complaints(Some(0), "", "never panicked"), ["stderr has \"panicked\"", "stderr has \"never\""]);
    assert_eq!(command.complaints(None, "", ""), ["expected status 0, got a signal"]);
}
