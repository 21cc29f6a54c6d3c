//! What is refused before or at the first call: keys that are missing or wrong, and command lines that cannot be
//! meant. Each costs nothing.

use testkit::mock_api::{MockApi, Script};
use testkit::tables::files_with;

use super::{RETRY_ARGS, maple, on, pks, published, run, willow};
use crate::harness::Reelframe;

/// A key that no file and no message holds by chance.
const RARE_KEY: &str = "key-7Qx2-duckweed-never-print";

/// `reelframe run <args>` without a key.
fn run_without_key(api: &MockApi, args: &[&str]) -> Reelframe {
    Reelframe::new().arg("run").args(args.iter().copied()).args(RETRY_ARGS.iter().copied()).api(api)
}

#[test]
fn a_missing_key_is_named_and_nothing_is_asked() {
    let api = MockApi::start(Script::serving([maple()]));
    run_without_key(&api, &["maple"]).status(6).stderr_has("AISA_API_KEY").run();
    run_without_key(&api, &["maple"]).env("AISA_API_KEY", "").status(6).stderr_has("AISA_API_KEY").run();
    assert_eq!(api.request_log().calls().len(), 0);
}

#[test]
fn a_refused_key_stops_the_run_and_is_not_repeated() {
    let api = MockApi::start(Script::serving([maple(), willow()]));
    let args = ["maple", "willow", "--concurrency", "1"];
    // The API repeats the key in its error message; the harness sees to it that the program does not.
    let output = run_without_key(&api, &args).key(RARE_KEY).status(6).run();
    assert_eq!(api.request_log().calls().len(), 1);
    assert!(files_with(output.dir(), RARE_KEY).is_empty());
}

#[test]
fn a_key_from_a_file_is_used_and_never_shown() {
    for talk in [["-v", "-v"], ["--log-format", "json"]] {
        let api = MockApi::start(Script::serving([maple()]).key(RARE_KEY));
        let command = run_without_key(&api, &["maple", "--api-key-file", "key.txt"]).args(talk);
        let output = command.private_file("key.txt", format!("{RARE_KEY}\n")).secret(RARE_KEY).run();
        assert_eq!(published(&output), pks(0..6));
        assert_eq!(files_with(output.dir(), RARE_KEY), [output.path("key.txt")]);
    }
}

#[test]
fn a_key_file_that_others_can_read_or_that_holds_nothing_is_refused() {
    let api = MockApi::start(Script::serving([maple()]));
    let args = ["maple", "--api-key-file", "key.txt"];
    let shared = run_without_key(&api, &args).file("key.txt", RARE_KEY);
    shared.status(6).stderr_has("chmod 600 key.txt").stderr_lacks(RARE_KEY).run();
    run_without_key(&api, &args).private_file("key.txt", "\n").status(6).stderr_has("key.txt: it is empty").run();
    run_without_key(&api, &args).status(6).stderr_has("key.txt").run();
    run_without_key(&api, &["maple"])
        .env("AISA_API_KEY", "bell\u{7}bell")
        .status(6)
        .stderr_has("not allowed in an HTTP header")
        .run();
    assert_eq!(api.request_log().calls().len(), 0);
}

#[test]
fn only_a_credential_of_systemd_may_look_readable_by_its_group() {
    let api = MockApi::start(Script::serving([maple()]).key(RARE_KEY));
    let run = |folder, mode| {
        let command = run_without_key(&api, &["maple", "--api-key-file", "credentials/api-key"]);
        let command = command.env("CREDENTIALS_DIRECTORY", folder).private_file("credentials/api-key", RARE_KEY);
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(command.dir().join("credentials/api-key"), permissions).expect("it is there");
        command.secret(RARE_KEY)
    };
    assert_eq!(published(&run("credentials", 0o440).run()), pks(0..6));
    for (folder, mode) in [("credentials", 0o444), ("elsewhere", 0o440)] {
        run(folder, mode).status(6).stderr_has("others can read it").run();
    }
}

#[test]
fn a_key_that_was_pasted_with_its_surroundings_is_refused_and_not_shown() {
    let api = MockApi::start(Script::serving([maple()]).key(RARE_KEY));
    let alone = "without `Bearer` and quotes";
    for (pasted, hint) in [
        (format!("Bearer {RARE_KEY}"), alone),
        (format!("\"{RARE_KEY}\""), alone),
        (format!("'{RARE_KEY}"), alone),
        (format!("{RARE_KEY}\n{RARE_KEY}"), alone),
        ("sk-1234".to_owned(), "shorter than 8 characters"),
    ] {
        let command = |name| Reelframe::new().args([name, "maple"]).api(&api).secret(pasted.trim_matches(['"', '\'']));
        let by_file = command("run").private_file("key.txt", format!("{pasted}\n"));
        by_file.args(["--api-key-file", "key.txt"]).secret(RARE_KEY).status(6).stderr_has(hint).run();
        let doctor = command("doctor").env("AISA_API_KEY", &pasted).secret(RARE_KEY).status(6);
        doctor.stdout_has("FAIL  key").stdout_has(hint).run();
    }
    assert_eq!(api.request_log().calls().len(), 0);
}

#[test]
fn a_name_that_no_account_can_have_is_a_usage_error() {
    let api = MockApi::start(Script::serving([maple()]));
    for name in ["a/b", "..", "maple willow", "https://example.com/maple/"] {
        run(&api, &["maple", name]).status(2).stderr_has(name).run();
    }
    assert_eq!(api.request_log().calls().len(), 0);
}

#[test]
fn a_bad_line_of_the_accounts_file_is_named() {
    let api = MockApi::start(Script::serving([maple()]));
    for bad in ["willow,six,", "a/b,6006,", "willow,6006,many", ",,6006"] {
        let file = format!("handle,user_id,followers\nmaple,5005,120\n{bad}\n");
        let command = Reelframe::new().file("clients.csv", file);
        on(command, &api, &["--accounts", "clients.csv"])
            .status(2)
            .stderr_has("clients.csv")
            .stderr_has("line 3")
            .run();
    }
    assert_eq!(api.request_log().calls().len(), 0);
}

/// Over plain HTTP the key could be read on the way. (Names under `.invalid` lead nowhere, should a check be missing.)
#[test]
fn plain_http_is_for_loopback_alone() {
    for url in ["http://reels.invalid/apis/v1", "http://127.0.0.1.invalid", "http://127.0.0.1:80@reels.invalid"] {
        let command = Reelframe::new().args(["run", "maple", "--base-url", url]).args(RETRY_ARGS.iter().copied());
        command.key(RARE_KEY).status(2).stderr_has("http").run();
    }
}

#[test]
fn a_secret_in_the_address_is_refused_and_not_shown() {
    for url in [
        "https://jane:hush-5w9@reels.invalid/v1",
        "http://hush-5w9@127.0.0.1:1",
        "https://jane:hush-5w9@reels:99999",
        "https://jane:hush-5w9%40reels.invalid/v1",
        "https://reels.invalid/v1?key=hush-5w9",
        "https://reels.invalid/v1#hush-5w9",
    ] {
        let command = Reelframe::new().args(["run", "maple"]).env("REELFRAME_BASE_URL", url).key(RARE_KEY);
        command.secret("hush-5w9").status(2).stderr_has("a user name or password").run();
    }
}

#[test]
fn loopback_traffic_uses_no_proxy() {
    let api = MockApi::start(Script::serving([willow()]));
    let proxies = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"];
    // Nobody listens at port 1.
    let command = run(&api, &["willow"]);
    proxies.into_iter().fold(command, |command, name| command.env(name, "http://127.0.0.1:1")).run();
    assert_eq!(api.request_log().calls().len(), 1);
}
