//! Accounts files as Excel, LibreOffice, pandas and people write them.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::*;
use crate::config::accounts::AccountLookup;

fn read(bytes: impl AsRef<[u8]>) -> Result<AccountsFile> {
    parse_accounts_file(Path::new("a.csv"), bytes.as_ref())
}

/// `account/id/label` of each.
fn accounts(bytes: impl AsRef<[u8]>) -> Vec<String> {
    let form = |request: &AccountRequest| {
        let (id, label) = (request.account_id.as_deref(), request.label.as_deref());
        format!("{}/{}/{}", request.account, id.unwrap_or("-"), label.unwrap_or("-"))
    };
    read(bytes).unwrap().accounts.iter().map(form).collect()
}

fn fault(text: impl AsRef<[u8]>) -> String {
    read(text).unwrap_err().message
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect()
}

#[test]
fn an_accounts_file_configures() {
    let text = b"\xEF\xBB\xBFhandle,user_id,label,timezone,followers,followers_as_of\n\
        @Jane,21393171,\"Food, drink\",America/Denver,1200,2026-10-01\n,5,,,,\n";
    let AccountsFile { accounts, warnings } = read(text).unwrap();
    assert_eq!((accounts[0].account.as_str(), accounts[0].ask()), ("jane", AccountLookup::UserId("21393171".into())));
    assert_eq!(accounts[0].label.as_deref(), Some("Food, drink"));
    assert_eq!((accounts[0].timezone, accounts[0].followers), (Some(Tz::America__Denver), Some(1200)));
    assert_eq!(accounts[0].followers_as_of, NaiveDate::from_ymd_opt(2026, 10, 1));
    assert_eq!((accounts[1].account.as_str(), accounts[1].followers), ("5", None));
    assert_eq!(warnings, [""; 0]);
}

#[test]
fn a_handle_of_digits_is_not_a_user_id() {
    let cell = read("handle\n2024\n").unwrap().accounts;
    assert_eq!((cell[0].account.as_str(), cell[0].ask()), ("@2024", AccountLookup::Handle("2024".into())));
    let both = read("handle,user_id\n2024,5\n").unwrap().accounts;
    assert_eq!((both[0].account.as_str(), both[0].ask()), ("@2024", AccountLookup::UserId("5".into())));
    let address = read("handle\ninstagram.com/reel/DKKtpqaxg0C\n").unwrap_err();
    assert!(address.message.starts_with("a.csv, line 2: ") && address.hint_text().unwrap().contains("profile"));
}

#[test]
fn the_delimiter_is_seen_from_the_header() {
    let expected = ["ann/11/Tea, cake", "bob/22/-"];
    for text in [
        "handle,user_id,label\nann,11,\"Tea, cake\"\nbob,22,\n",
        "handle;user_id;label\nann;11;Tea, cake\nbob;22;\n",
        "handle\tuser_id\tlabel\nann\t11\tTea, cake\nbob\t22\t\n",
        "sep=;\r\nhandle;user_id;label\r\nann;11;Tea, cake\r\nbob;22;\r\n",
        "sep=|\nhandle|user_id|label\nann|11|Tea, cake\nbob|22|\n",
        "handle;user_id;label;one, two\nann;11;Tea, cake\nbob;22;;x, y\n",
        "handle;user_id;label\rann;11;Tea, cake\rbob;22;\r",
    ] {
        assert_eq!(accounts(text), expected, "{text:?}");
    }
    assert_eq!(accounts("handle\nann\nbob"), ["ann/-/-", "bob/-/-"]);
    // A line is counted as an editor shows it.
    assert_eq!(fault("sep=;\nhandle;label\nann;x\na/b;y\n"), "a.csv, line 4: `a/b`: a handle cannot contain `/`");
}

#[test]
fn utf_16_is_read_and_what_is_neither_is_said() {
    let text = "Handle\tlabel\r\nzoé.b\tx\r\n".replace("zoé.b", "zoe.b").replace("\tx", "\tBäckerei 🥐");
    for big in [false, true] {
        assert_eq!(accounts(utf16(&text, big)), ["zoe.b/-/Bäckerei 🥐"]);
    }
    let cut = &utf16(&text, false)[..21];
    assert!(fault(cut).contains("UTF-16"), "{}", fault(cut));
    let without_mark = &utf16(&text, false)[2..];
    assert!(read(without_mark).unwrap_err().message.contains("UTF-16 without a byte-order mark"));
    let latin = b"handle,label\nann,x\nbob,B\xE4cker\n";
    assert_eq!(fault(latin), "a.csv: line 3 is not UTF-8");
    assert!(read(latin).unwrap_err().hint_text().unwrap().contains("CSV UTF-8"));
    assert!(fault(b"PK\x03\x04rest").contains("workbook"));
}

#[test]
fn headers_have_any_case_and_empty_rows_and_columns_are_skipped() {
    let text = " Handle ,USER_ID,Label,\nann,11,x,\n,,,\n\n  ,,\nbob,22\n,,\n";
    assert_eq!(accounts(text), ["ann/11/x", "bob/22/-"]);
    assert_eq!(accounts(",,\nUser ID,Followers As Of\n5,2026-10-18\n"), ["5/5/-"]);
    assert_eq!(fault("handle,Handle\nann,bob\n"), "a.csv, line 1: two columns 'handle'");
    // A comma that was not quoted moves no cell and drops none.
    assert_eq!(fault("handle,label\nann,tea\nbob,a,b\n"), "a.csv, line 3: cell 3 (`b`) has no column in the header");
    assert_eq!(fault("handle,\nann,b\n"), "a.csv, line 2: cell 2 (`b`) has no column in the header");
}

#[test]
fn other_columns_are_named_once() {
    let file = read("Notes,handle,Owner\nx,ann,y\nz,bob,w\n").unwrap();
    assert_eq!(file.accounts.len(), 2);
    let listed = "handle, user_id, label, timezone, followers, followers_as_of";
    assert_eq!(file.warnings, [format!("a.csv: columns 'Notes', 'Owner' are ignored (the columns are {listed})")]);
    let none = read("name,follower\njane,5\n").unwrap_err();
    assert_eq!(none.message, "a.csv, line 1: the header `name, follower` has no `handle` or `user_id` column");
    assert!(none.hint_text().unwrap().contains(listed));
}

#[test]
fn repeated_lines_are_reported_and_other_facts_refused() {
    let file = read("handle,label\njane,\nann,x\n@JANE,\nann,x\n").unwrap();
    assert_eq!(file.accounts.len(), 2);
    assert_eq!(file.warnings, ["a.csv: line 4 repeats line 2 ('jane'), line 5 repeats line 3 ('ann')"]);
    let twice = "handle,label\njane,a\n@JANE,b\n";
    assert_eq!(fault(twice), "a.csv, line 3: account `jane` is already on line 2, with different values");
    let many = "handle\n".to_owned() + &"jane\n".repeat(14);
    assert!(read(many).unwrap().warnings[0].ends_with("line 12 repeats line 2 ('jane'), and 3 more"));
}

#[test]
fn followers_are_read_where_they_can_mean_one_number_only() {
    let followers =
        |text: &str| read(format!("handle\tfollowers\njane\t{text}\n")).map(|file| file.accounts[0].followers.unwrap());
    for (text, expected) in [
        ("1200", 1200),
        ("0", 0),
        ("1200.0", 1200),
        ("1200,00", 1200),
        ("1.234.567", 1_234_567),
        ("1,234,567", 1_234_567),
        ("1 200", 1200),
        ("1\u{202F}200", 1200),
        ("12\u{A0}345", 12_345),
        ("1'200", 1200),
    ] {
        assert_eq!(followers(text).unwrap(), expected, "{text}");
    }
    for text in ["1.200", "1,200", "10.000"] {
        let error = followers(text).unwrap_err().message;
        assert!(error.starts_with(&format!("a.csv, line 2: ambiguous followers `{text}`: could be ")), "{error}");
    }
    for text in ["many", "-5", "1.5", "1.20", "1,234.567", "1.2345.678", "1.2E+06", "12k", ".5", "9999999999999"] {
        assert_eq!(
            followers(text).unwrap_err().message,
            format!("a.csv, line 2: followers `{text}` is not a whole number")
        );
    }
}

#[test]
fn days_are_read_in_two_ways() {
    let day = |text: &str| read(format!("handle,followers_as_of\njane,{text}\n"));
    for text in ["2026-10-18", "18.10.2026"] {
        assert_eq!(day(text).unwrap().accounts[0].followers_as_of, NaiveDate::from_ymd_opt(2026, 10, 18));
    }
    assert_eq!(day("1.9.2026").unwrap().accounts[0].followers_as_of, NaiveDate::from_ymd_opt(2026, 9, 1));
    for text in ["10/18/2026", "18.10.26", "31.02.2026", "2026-13-01", "46313", "18-10-2026", "2026.10.18", "today"] {
        let error = day(text).unwrap_err();
        assert_eq!(error.message, format!("a.csv, line 2: followers_as_of `{text}` is not a date"));
        assert!(error.hint_text().unwrap().contains("18.10.2026"));
    }
}

#[test]
fn an_id_whose_digits_a_spreadsheet_dropped_is_refused() {
    for text in ["3,14216E+10", "3.14216E+10", "3E+10", "3.1e10"] {
        let error = read(format!("handle;user_id\njane;{text}\n")).unwrap_err();
        let expected = format!("a.csv, line 2: user_id '{text}' was shortened by a spreadsheet: its digits are lost");
        assert_eq!(error.message, expected);
        assert!(error.hint_text().unwrap().contains("as text"));
    }
    assert_eq!(fault("user_id\n5E\n"), "a.csv, line 2: '5E' is not a numeric user id");
}

#[test]
fn a_bad_line_is_named() {
    assert_eq!(fault("handle\njane\na/b\n"), "a.csv, line 3: `a/b`: a handle cannot contain `/`");
    assert_eq!(fault("handle,timezone\njane,Mars\n"), "a.csv, line 2: `Mars` is not an IANA time zone");
    assert_eq!(fault("handle,label\n,x\n"), "a.csv, line 2: neither handle nor user_id");
    assert_eq!(fault("\nhandle\n\n\njane\r\n\na/b\n"), "a.csv, line 7: `a/b`: a handle cannot contain `/`");
    assert_eq!(fault("handle\n"), "a.csv contains no accounts");
    assert_eq!(fault(""), "a.csv contains no accounts");
    let open = "handle,label\nann,\"two\nlines\"\nbob,\"open\ncid,x\n";
    assert_eq!(fault(open), "a.csv, line 4: a quotation mark is not closed");
    assert_eq!(accounts("handle,label\nann,5\" nail\n"), ["ann/-/5\" nail"]);
}

#[test]
fn a_large_file_is_read_in_one_pass() {
    // What looks each line up in all the others would take minutes for this.
    let lines = (1..=200_000).map(|number| format!("name_{number};{number}\n"));
    let text = "handle;user_id\n".to_owned() + &lines.collect::<String>();
    let file = read(text + "name_77;77\n").unwrap();
    assert_eq!(file.accounts.len(), 200_000);
    assert_eq!(file.warnings, ["a.csv: line 200002 repeats line 78 ('name_77')"]);
}
