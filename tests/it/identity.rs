//! Who an account is: a person and not a spelling, whatever it is called and however it is asked for.

use serde_json::Value;
use testkit::mock_api::{Account, KEY, MockApi, Script, Target};
use testkit::pages::{Reel, reel, wrapped_page};
use testkit::tables::{column, tree};

use crate::fetch::{maple, on, pks, published, run};
use crate::harness::{Output, Reelframe};

/// Reels of user id 777 under a name; a higher number is an older reel.
fn named(name: &str, numbers: std::ops::Range<u64>) -> Vec<Reel> {
    numbers.map(|number| reel(3_800_000_000_000_000_000 - number * 1_000_000_000_000_000).owner("777", name)).collect()
}

fn serving(name: &str, numbers: std::ops::Range<u64>) -> MockApi {
    MockApi::start(Script::serving([Account::wrapped(name, "777", &[named(name, numbers)])]))
}

/// Pages only.
fn fetch(command: Reelframe, api: &MockApi, account: &str) -> Output {
    command.args(["fetch", account]).api(api).key(KEY).run()
}

fn accounts(output: &Output) -> Vec<Value> {
    column(&output.table("accounts"), "account")
}

/// How many observations there are of each account.
fn observations(output: &Output) -> String {
    let sql = "SELECT account, COUNT(DISTINCT reel_key) AS reels, COUNT(*) AS n FROM observations GROUP BY account";
    output.then().args(["query", sql, "--format", "csv"]).run().stdout
}

fn findings(output: &Output, kind: &str) -> Vec<Value> {
    let rows = output.table("findings");
    let kinds = column(&rows, "finding");
    column(&rows, "detail")
        .into_iter()
        .zip(kinds)
        .filter(|(_, found)| found == kind)
        .map(|(detail, _)| detail)
        .collect()
}

fn folders(output: &Output) -> Vec<String> {
    let raw = std::fs::read_dir(output.path("reels/raw")).expect("a store has pages");
    let mut names: Vec<String> =
        raw.map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_new_handle_of_a_known_person_continues_the_account() {
    let first = run(&serving("old.name", 1..4), &["old.name"]).run();
    // Nobody knows yet that new.name is the same person: its own reels tell.
    let api = serving("new.name", 0..4);
    let second = on(first.then(), &api, &["new.name"]).run();
    assert_eq!((accounts(&second), folders(&second)), (vec![Value::from("new.name")], vec!["old.name".to_owned()]));
    assert_eq!(published(&second), pks(0..4));
    // 3 reels of the first crawl and 4 of the second.
    assert_eq!(observations(&second), "account,reels,n\nnew.name,4,7\n");
    let warning = "account old.name is now new.name; its history continues";
    assert_eq!(second.stderr.matches(warning).count(), 1, "{}", second.stderr);
    assert_eq!(findings(&second, "renamed"), ["old.name is now new.name"]);
    // From now on it is asked for by its id, and nothing is said again; its old name leads to it too.
    let third = on(second.then(), &api, &["new.name"]).stderr_lacks("is now").run();
    assert_eq!(api.request_log().calls().last().unwrap().target, Target::UserId("777".into()));
    assert_eq!(observations(&third), "account,reels,n\nnew.name,4,11\n");
    let markdown = ["report", "--format", "markdown", "--account", "old.name"];
    third.then().args(markdown).stdout_has("new.name").run();
    let reels = "SELECT account, COUNT(*) AS n FROM reels GROUP BY account";
    let query = ["query", reels, "--format", "csv", "--account", "old.name"];
    third.then().args(query).stdout("account,n\nnew.name,4\n").run();
    let export = ["export", "--out", "of_old", "--account", "old.name"];
    third.then().args(export).stdout("4 reels of 1 account in of_old\n").run();
    third.then().args(["verify"]).run();
    // A rebuild from raw/ gives the same rows.
    let rebuilt = third.then().args(["rebuild"]).run();
    assert_eq!(rebuilt.table("reels"), third.table("reels"));
    let forgotten = rebuilt.then().args(["forget", "old.name", "--yes"]).run();
    assert_eq!((folders(&forgotten), forgotten.table("reels").len()), (Vec::<String>::new(), 0));
}

#[test]
fn pages_that_were_only_fetched_under_a_new_handle_are_the_old_accounts() {
    let first = run(&serving("old.name", 1..4), &["old.name"]).run();
    let api = serving("new.name", 0..4);
    let fetched = fetch(first.then(), &api, "new.name");
    assert_eq!(folders(&fetched), ["new.name", "old.name"]);
    let said = "account old.name is now new.name; its history continues";
    let rebuilt = fetched.then().args(["rebuild"]).stderr_has(said).run();
    assert_eq!((accounts(&rebuilt), folders(&rebuilt)), (vec![Value::from("new.name")], vec!["old.name".to_owned()]));
    assert_eq!(observations(&rebuilt), "account,reels,n\nnew.name,4,7\n");
    assert_eq!(findings(&rebuilt, "renamed"), ["old.name is now new.name"]);
    // Whoever is forgotten is forgotten under all names, also one that no run has published yet.
    let again = fetch(rebuilt.then(), &api, "777");
    let other = fetch(again.then(), &serving("third.name", 0..4), "third.name");
    assert_eq!(folders(&other), ["old.name", "third.name"]);
    let forgotten = other.then().args(["forget", "old.name", "--yes"]).run();
    assert_eq!((folders(&forgotten), forgotten.table("reels").len()), (Vec::<String>::new(), 0));
}

#[test]
fn a_run_killed_once_it_knew_who_a_new_handle_is_pays_for_no_page_again() {
    let first = run(&serving("old.name", 1..4), &["old.name"]).run();
    let api = serving("new.name", 0..4);
    let killed = fetch(first.then(), &api, "new.name");
    // Its page log was moved to the account's folder, and no run was published.
    let (from, to) = (killed.path("reels/raw/new.name"), killed.path("reels/raw/old.name"));
    for log in std::fs::read_dir(&from).unwrap() {
        let log = log.unwrap();
        std::fs::rename(log.path(), to.join(log.file_name())).unwrap();
    }
    std::fs::remove_dir(&from).unwrap();
    let calls = api.request_log().calls().len();
    let second = on(killed.then(), &api, &["new.name"]).run();
    assert_eq!(
        (api.request_log().calls().len(), observations(&second)),
        (calls, "account,reels,n\nnew.name,4,7\n".into())
    );
}

#[test]
fn a_handle_and_an_id_of_one_account_are_one_crawl() {
    let api = MockApi::start(Script::serving([maple()]));
    let first = run(&api, &["maple"]).run();
    let second = on(first.then(), &api, &["maple", "5005"]).run();
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3, 1, 2, 3]);
    assert_eq!(accounts(&second), ["maple"]);
}

#[test]
fn two_lines_of_an_accounts_file_with_one_id_are_one_crawl_and_that_is_said_before_it_is_paid_for() {
    let api = serving("new.name", 0..2);
    let file = "handle,user_id\nold.name,777\nnew.name,777\n";
    let with_file = |command: Reelframe| command.file("accounts.csv", file);
    let said = "old.name and new.name are one account (user id 777): it is crawled once, as new.name";
    let dry =
        on(with_file(Reelframe::new()), &api, &["--accounts", "accounts.csv", "--dry-run"]).stderr_has(said).run();
    assert!(api.request_log().calls().is_empty() && dry.stdout.matches("name").count() == 1, "{}", dry.stdout);
    let output = on(with_file(Reelframe::new()), &api, &["--accounts", "accounts.csv"]).stderr_has(said).run();
    assert_eq!((api.request_log().calls().len(), accounts(&output)), (1, vec![Value::from("new.name")]));
}

#[test]
fn a_handle_of_digits_is_no_user_id() {
    let of_2024 = |id: &str, name: &str| Account::wrapped(name, id, &[vec![reel(7).owner(id, name)]]);
    let api = MockApi::start(Script::serving([of_2024("99", "2024"), of_2024("2024", "somebody")]));
    let output = run(&api, &["@2024", "2024"]).run();
    let asked: Vec<Target> = api.request_log().calls().iter().map(|call| call.target.clone()).collect();
    assert!(
        asked.contains(&Target::Handle("2024".into())) && asked.contains(&Target::UserId("2024".into())),
        "{asked:?}"
    );
    assert_eq!(
        (accounts(&output), folders(&output)),
        (vec!["2024".into(), "@2024".into()], vec!["%402024".into(), "2024".into()])
    );
    assert_eq!(column(&output.table("accounts"), "account_id"), ["2024", "99"]);
    // From now on it is requested by the id that its reels show.
    on(output.then(), &api, &["@2024"]).run();
    assert_eq!(api.request_log().calls().last().unwrap().target, Target::UserId("99".into()));
}

#[test]
fn somebody_else_with_the_handle_is_kept_apart() {
    let page = |id: &str, pk: u64| wrapped_page(&[reel(pk).owner(id, "jane")], None);
    let first = Reelframe::new()
        .file("1/jane/1.json", page("5", 3_800_000_000_000_000_000))
        .file("2/jane/1.json", page("6", 3_801_000_000_000_000_000))
        .args(["run", "--replay", "1", "--observed-at", "2026-11-20T06:00:00Z"])
        .run();
    let hint = "the handle jane now belongs to user id 6, this account is user id 5; `reelframe run 6` crawls";
    let second =
        first.then().args(["run", "--replay", "2", "--observed-at", "2026-11-21T06:00:00Z"]).stderr_has(hint).run();
    let reels = second.table("reels");
    let mut own: Vec<(Value, Value)> = column(&reels, "owner_id").into_iter().zip(column(&reels, "is_own")).collect();
    own.sort_by_key(|(id, _)| id.to_string());
    assert_eq!(own, [("5".into(), true.into()), ("6".into(), false.into())]);
    assert_eq!(column(&second.table("accounts"), "account_id"), ["5"]);
    assert_eq!(findings(&second, "owner_changed").len(), 1);
    // A day on which the handle is its own again says nothing new.
    assert!(first.stderr.matches("belongs to").count() == 0, "{}", first.stderr);
}

#[test]
fn pages_of_others_alone_name_their_owners_and_the_command_to_use() {
    let page = wrapped_page(&[reel(1).owner("7", "ann"), reel(2).owner("7", "ann")], None);
    Reelframe::new()
        .file("pages/jane/1.json", page)
        .args(["run", "--replay", "pages", "--observed-at", "2026-11-20T06:00:00Z"])
        .stderr_has("none of the 2 reels of the newest crawl belongs to jane; the owners are ann, user id 7 (2)")
        .stderr_has("`reelframe run ann`")
        .run();
    let api = MockApi::start(Script::serving([Account::wrapped("ann", "555", &[vec![reel(1).owner("7", "ann")]])]));
    let output = run(&api, &["555"]).stderr_has("belongs to 555; the owners are ann, user id 7 (1)").run();
    assert_eq!(findings(&output, "no_own_reels"), ["owners: ann, user id 7 (1)"]);
}

#[test]
fn addresses_that_are_no_profile_cost_nothing() {
    let api = MockApi::start(Script::serving([maple()]));
    for address in ["https://www.instagram.com/reel/abc/", "instagram.com/maple/p/abc", "Instagram.com/stories/maple/1"]
    {
        run(&api, &["maple", address]).status(2).stderr_has("this is the address of a").run();
    }
    assert!(api.request_log().calls().is_empty());
}

#[test]
fn folders_of_one_account_under_two_names_are_one_account() {
    let page = |name: &str| wrapped_page(&named(name, 0..3), None);
    let files = |command: Reelframe| {
        command
            .file("1/old.name/1.json", page("old.name"))
            .file("2/new.name/1.json", page("new.name"))
            .file("old.csv", "handle,user_id\nold.name,777\n")
            .file("new.csv", "handle,user_id\nnew.name,777\n")
    };
    let replay = |command: Reelframe, folder: &str, file: &str, at: &str| {
        command.args(["run", "--replay", folder, "--accounts", file, "--observed-at", at])
    };
    let with_ann = files(Reelframe::new()).file("old.csv", "handle,user_id\nold.name,777\nann,8\n");
    let first = replay(with_ann, "1", "old.csv", "2026-11-20T06:00:00Z")
        .stderr_has("no pages of these accounts of the accounts file: ann")
        .run();
    let second = replay(first.then(), "2", "new.csv", "2026-11-21T06:00:00Z").run();
    assert_eq!((accounts(&second), second.table("reels").len()), (vec![Value::from("new.name")], 3));
    assert_eq!(second.stderr.matches("account old.name is now new.name").count(), 1, "{}", second.stderr);
    assert_eq!(
        (observations(&second).as_str(), folders(&second)),
        ("account,reels,n\nnew.name,3,6\n", vec!["old.name".into()])
    );
    let before = tree(&second.path("reels"));
    let again = replay(second.then(), "2", "new.csv", "2026-11-21T06:00:00Z").run();
    assert_eq!(tree(&again.path("reels")), before, "a second time changes nothing");
    // The store's own pages are one account again, in another store and in an export.
    let copy = second.then().args(["run", "--replay", "reels/raw", "--store", "copy"]).run();
    assert_eq!(copy.table_of("copy", "reels"), second.table("reels"));
    let exported = second.then().args(["export", "--replay", "reels/raw", "--out", "out"]).run();
    assert_eq!(exported.stdout, "3 reels of 1 account in out\n");
}
