//! What is to be known of an account before its figures are read.

use crate::report::data_summary::AccountSummary;
use crate::report::render::format::{display_text, named};
use crate::schema::values::AccountStatus;

/// What an update that failed means for an account's figures.
pub(crate) fn doubt(account: &AccountSummary) -> Option<String> {
    Some(format!("{}: {}", says(account.status?)?, display_text(&account.account)))
}

/// A sentence for each kind of doubt, which names the accounts.
pub(crate) fn doubts(accounts: &[AccountSummary]) -> Vec<String> {
    const NAMED: usize = 12;
    let kinds = [
        AccountStatus::Failed,
        AccountStatus::Partial,
        AccountStatus::NotFound,
        AccountStatus::Private,
        AccountStatus::Empty,
        AccountStatus::EmptyOrPrivate,
    ];
    let sentence = |kind: AccountStatus| {
        let names: Vec<String> = accounts
            .iter()
            .filter(|account| account.status == Some(kind))
            .map(|account| display_text(&account.account))
            .collect();
        (!names.is_empty()).then(|| format!("{}: {}", says(kind).unwrap_or_default(), named(&names, NAMED)))
    };
    kinds.into_iter().filter_map(sentence).collect()
}

fn says(status: AccountStatus) -> Option<&'static str> {
    Some(match status {
        AccountStatus::Failed => "The latest update failed, figures may be out of date",
        AccountStatus::Partial => "Not fully updated, older reels may be missing",
        AccountStatus::NotFound => "Not found on Instagram",
        AccountStatus::Private => "Private, so no reels can be seen",
        AccountStatus::Empty => "No reels",
        AccountStatus::EmptyOrPrivate => "No public reels",
        _ => return None,
    })
}
