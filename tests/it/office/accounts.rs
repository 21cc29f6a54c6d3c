//! Accounts files of spreadsheets, from the file to the requests.

use testkit::mock_api::{MockApi, Script, Target};
use testkit::tables::column;

use crate::fetch::{maple, on, willow};
use crate::harness::Reelframe;

#[test]
fn an_accounts_file_as_excel_saves_it_names_its_accounts() {
    let api = MockApi::start(Script::serving([maple(), willow()]));
    let file = "\u{FEFF}Notes;Handle;User_ID;Followers;Followers_as_of;\r\n\
                x;Maple;5005;1200;18.10.2026;\r\n;;;;;\r\n\r\n;willow\r\ny;Maple;5005;1200;2026-10-18;\r\n;;;;;\r\n";
    let command = on(Reelframe::new().file("clients.csv", file), &api, &["--accounts", "clients.csv"]);
    let output = command
        .stderr_has("clients.csv: column 'Notes' is ignored")
        .stderr_has("clients.csv: line 6 repeats line 2 ('maple')")
        .run();
    let asked: Vec<Target> = api.request_log().calls().iter().map(|call| call.target.clone()).collect();
    assert_eq!(asked.iter().filter(|asked| **asked == Target::UserId("5005".into())).count(), 3);
    assert_eq!(asked.iter().filter(|asked| **asked == Target::Handle("willow".into())).count(), 1);
    let accounts = output.table("accounts");
    assert_eq!(column(&accounts, "account"), ["maple", "willow"]);
    assert_eq!(column(&accounts, "followers_as_of")[0], "2026-10-18");
}

#[test]
fn an_id_that_a_spreadsheet_shortened_is_refused_before_any_request() {
    let api = MockApi::start(Script::serving([maple()]));
    let command = Reelframe::new().file("clients.csv", "handle;user_id\nmaple;3,14216E+10\n");
    on(command, &api, &["--accounts", "clients.csv"])
        .status(2)
        .stderr_has("clients.csv, line 2: user_id '3,14216E+10' was shortened by a spreadsheet")
        .run();
    assert_eq!(api.request_log().calls().len(), 0);
}
