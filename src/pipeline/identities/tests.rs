//! Which accounts requests are about, by their names and ids.

use super::*;
use std::path::PathBuf;

use crate::config::accounts::parse_account;
use crate::formats::options::{Format, Options};

fn identity(key: &str, account: &str, id: Option<&str>, names: &[&str]) -> KnownAccount {
    KnownAccount {
        key: key.into(),
        account: account.into(),
        account_id: id.map(Into::into),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn with_id(text: &str, id: &str) -> AccountRequest {
    AccountRequest { account_id: Some(id.into()), ..parse_account(text).unwrap() }
}

/// Each account as `name=key#id`, and the warnings.
fn resolved(known: &[KnownAccount], requests: &[AccountRequest]) -> (Vec<String>, Vec<String>) {
    let Resolved { accounts, warnings, .. } =
        resolve_list(known, requests, |name| format!("it is crawled once, as {name}"));
    let text = |request: &AccountRequest| {
        format!("{}={}#{}", request.account, request.key, request.account_id.as_deref().unwrap_or("?"))
    };
    (accounts.iter().map(text).collect(), warnings)
}

#[test]
fn a_known_id_under_a_new_name_keeps_its_key() {
    let known = [identity("old.name", "old.name", Some("777"), &[])];
    let (accounts, warnings) = resolved(&known, &[with_id("new.name", "777")]);
    assert_eq!((accounts, warnings.len()), (vec!["new.name=old.name#777".to_owned()], 0));
    // The id alone gives no name.
    assert_eq!(resolved(&known, &[parse_account("777").unwrap()]).0, ["old.name=old.name#777"]);
    // A former name is the same account, asked for by its id.
    let renamed = [identity("old.name", "new.name", Some("777"), &["new.name", "old.name"])];
    assert_eq!(resolved(&renamed, &[parse_account("new.name").unwrap()]).0, ["new.name=old.name#777"]);
    assert_eq!(resolved(&renamed, &[parse_account("old.name").unwrap()]).0, ["old.name=old.name#777"]);
}

#[test]
fn unknown_accounts_are_left_as_they_were_typed() {
    let known = [identity("jane", "jane", Some("5"), &[])];
    let requests = [parse_account("ann").unwrap(), parse_account("99").unwrap(), parse_account("@2024").unwrap()];
    let (accounts, warnings) = resolved(&known, &requests);
    assert_eq!(accounts, ["ann=ann#?", "99=99#99", "@2024=@2024#?"]);
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn one_account_asked_for_twice_is_crawled_once_with_a_warning() {
    let known = [identity("jane", "jane", Some("5"), &[])];
    let (accounts, warnings) = resolved(&known, &[parse_account("jane").unwrap(), parse_account("5").unwrap()]);
    // Both resolve to one name, which needs no warning.
    assert_eq!((accounts, warnings.len()), (vec!["jane=jane#5".to_owned()], 0));
    let (accounts, warnings) = resolved(&[], &[with_id("old.name", "777"), with_id("new.name", "777")]);
    assert_eq!(accounts, ["new.name=old.name#777"]);
    assert_eq!(warnings, ["old.name and new.name are one account (user id 777): it is crawled once, as new.name"]);
    // The later line overrides the earlier one where it has a value.
    let first = AccountRequest { label: Some("a".into()), followers: Some(1), ..with_id("old.name", "777") };
    let second = AccountRequest { label: Some("b".into()), ..with_id("new.name", "777") };
    let merged = resolve_list(&[], &[first, second], str::to_owned).accounts;
    assert_eq!((merged[0].label.as_deref(), merged[0].followers), (Some("b"), Some(1)));
}

#[test]
fn a_name_with_another_id_is_another_account() {
    let known = [identity("jane", "jane", Some("5"), &[])];
    let (accounts, warnings) = resolved(&known, &[with_id("jane", "6")]);
    assert_eq!(accounts, ["6=6#6"]);
    assert_eq!(warnings, ["jane is user id 5 in this store; user id 6 is an account of its own, 6"]);
    // Once the first has another name, the second may have it, though not the folder.
    let renamed = [identity("jane", "jane.old", Some("5"), &["jane"])];
    let (accounts, warnings) = resolved(&renamed, &[with_id("jane", "6")]);
    assert_eq!((accounts, warnings.len()), (vec!["jane=6#6".to_owned()], 0));
}

#[test]
fn two_that_change_names_in_one_file_both_get_theirs() {
    let known = [identity("jane", "jane", Some("5"), &[]), identity("bob", "bob", Some("6"), &[])];
    let (accounts, warnings) = resolved(&known, &[with_id("jane.old", "5"), with_id("jane", "6")]);
    assert_eq!((accounts, warnings.len()), (vec!["jane.old=jane#5".to_owned(), "jane=bob#6".to_owned()], 0));
    // Where the first is not asked for it keeps its name, and the second its own.
    let (accounts, warnings) = resolved(&known, &[with_id("jane", "6")]);
    assert_eq!(accounts, ["bob=bob#6"]);
    assert_eq!(warnings, ["another account of this store is called jane: bob keeps its name"]);
}

#[test]
fn an_account_whose_id_was_not_known_gets_it() {
    let known = [identity("jane", "jane", None, &[])];
    assert_eq!(resolved(&known, &[with_id("jane", "5")]).0, ["jane=jane#5"]);
}

#[test]
fn replayed_pages_go_to_the_account_that_they_belong_to() {
    let settings = Settings::new(Options::new(&[Format::Parquet]));
    let found = |names: &[(&str, Option<&str>)]| -> ReplayInput {
        let source = |(name, id): &(&str, Option<&str>)| {
            let source = crate::replay::discover::AccountSource {
                account: (*name).to_owned(),
                account_id: id.map(str::to_owned),
                bare: vec![PathBuf::from(format!("{name}/1.json"))],
                ..Default::default()
            };
            ((*name).to_owned(), source)
        };
        ReplayInput { accounts: names.iter().map(source).collect(), ..ReplayInput::default() }
    };
    let known = [identity("old.name", "old.name", Some("777"), &[])];
    let by_key = resolve_found(&known, &settings, found(&[("new.name", Some("777")), ("ann", None)]));
    let keys: Vec<(&str, &str)> =
        by_key.accounts.iter().map(|(key, source)| (key.as_str(), source.account.as_str())).collect();
    assert_eq!(keys, [("ann", "ann"), ("old.name", "new.name")]);
    // Two folders of one account, without a store.
    let both = resolve_found(&[], &settings, found(&[("a.name", Some("1")), ("b.name", Some("1"))]));
    let (key, source) = both.accounts.iter().next().unwrap();
    assert_eq!(
        (both.accounts.len(), key.as_str(), source.account.as_str(), source.bare.len()),
        (1, "a.name", "b.name", 2)
    );
}

#[test]
fn two_hundred_thousand_accounts_take_no_longer_than_their_number() {
    let name = |number: usize| format!("user_{number}");
    let known: Vec<KnownAccount> =
        (0..200_000).map(|number| identity(&name(number), &name(number), Some(&number.to_string()), &[])).collect();
    let requests: Vec<AccountRequest> =
        (0..200_000).map(|number| with_id(&format!("new_{number}"), &number.to_string())).collect();
    // Comparing each with each would be 40 billion comparisons.
    let resolved = resolve_list(&known, &requests, str::to_owned);
    assert_eq!((resolved.accounts.len(), resolved.warnings.len()), (200_000, 0));
    assert_eq!((resolved.accounts[7].account.as_str(), resolved.accounts[7].key.as_str()), ("new_7", "user_7"));
}
