//! Shards: the accounts of one list split over workers, each with a store of its own.

use std::fmt;

use crate::config::accounts::AccountRequest;

/// More are of no use: each has a share of one rate limit.
pub(crate) const MOST_SHARDS: u32 = 1000;

/// One of several shards, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    number: u32,
    of: u32,
}

impl Shard {
    /// All shards of a number of them.
    pub(crate) fn all(of: u32) -> impl Iterator<Item = Self> {
        (1..=of).map(move |number| Self { number, of })
    }

    /// Reads `3/8`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parsed = text.trim().split_once('/').and_then(|(number, of)| {
            let shard = Self { number: number.parse().ok()?, of: of.parse().ok()? };
            (1..=MOST_SHARDS).contains(&shard.of).then_some(shard)
        });
        parsed
            .filter(|shard| (1..=shard.of).contains(&shard.number))
            .ok_or_else(|| format!("use the form I/N, such as 3/8, with I from 1 to N and N up to {MOST_SHARDS}"))
    }

    /// Whether an account belongs to this shard: by its user id if the request gives one, else by its handle.
    pub(crate) fn has(self, request: &AccountRequest) -> bool {
        let name = request.account_id.as_deref().unwrap_or(&request.account);
        let hash = blake3::hash(name.as_bytes());
        let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
        jump(u64::from_le_bytes(*first), self.of) + 1 == self.number
    }

    /// This shard's share of a number; the shares of all shards add up to it.
    pub(crate) fn share(self, of: u32) -> u32 {
        let up_to = |number: u32| u64::from(of) * u64::from(number) / u64::from(self.of);
        u32::try_from(up_to(self.number) - up_to(self.number - 1)).expect("a share is at most the whole")
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// Jump consistent hash (Lamping and Veach, 2014): with one shard more, only the accounts of the new shard move.
fn jump(mut hash: u64, shards: u32) -> u32 {
    let (mut shard, mut next) = (0, 0.0);
    while next < f64::from(shards) {
        shard = next as u32;
        hash = hash.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        next = (f64::from(shard) + 1.0) * ((1_u64 << 31) as f64 / ((hash >> 33) + 1) as f64);
    }
    shard
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::accounts::parse_account;

    fn number_of(account: &AccountRequest, of: u32) -> u32 {
        let numbers: Vec<u32> = Shard::all(of).filter(|shard| shard.has(account)).map(|shard| shard.number).collect();
        assert_eq!(numbers.len(), 1, "{account:?} is in one shard");
        numbers[0]
    }

    #[test]
    fn every_account_is_in_one_shard_and_one_shard_more_moves_accounts_into_it_alone() {
        let accounts: Vec<AccountRequest> = (0..2000).map(|n| parse_account(&format!("account{n}")).unwrap()).collect();
        let mut sizes = [0; 8];
        for account in &accounts {
            let (of_seven, of_eight) = (number_of(account, 7), number_of(account, 8));
            assert!(of_eight == of_seven || of_eight == 8, "{account:?} moved from {of_seven} to {of_eight}");
            assert_eq!(number_of(account, 1), 1);
            sizes[of_eight as usize - 1] += 1;
        }
        assert!(sizes.iter().all(|size| (200..=300).contains(size)), "{sizes:?}");
    }

    #[test]
    fn an_account_stays_where_it_is_by_its_id_whatever_its_handle() {
        let id = parse_account("61204417733").unwrap();
        let renamed = AccountRequest { account: "jane.new".into(), ..id.clone() };
        assert_eq!(number_of(&id, 500), number_of(&renamed, 500));
        // These places may never change: stores on disk depend on them.
        let places = ["jane", "john", "harbor.bakery", "61204417733"];
        assert_eq!(places.map(|name| number_of(&parse_account(name).unwrap(), 8)), [3, 7, 6, 4]);
    }

    #[test]
    fn shares_add_up_to_the_whole() {
        for of in 1..20 {
            for whole in [0, 1, 7, 60, u32::MAX] {
                let shares: Vec<u32> = Shard::all(of).map(|shard| shard.share(whole)).collect();
                assert_eq!(shares.iter().map(|share| u64::from(*share)).sum::<u64>(), u64::from(whole));
                let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
                assert!(most - least <= 1, "{shares:?}");
            }
        }
        assert_eq!(Shard::parse("3/8").unwrap().share(60), 7);
        assert_eq!(Shard::parse("4/8").unwrap().share(60), 8);
    }

    #[test]
    fn a_shard_is_a_number_of_a_number() {
        assert_eq!(Shard::parse(" 3/8 ").unwrap().to_string(), "3/8");
        for text in ["", "3", "0/8", "9/8", "3/0", "-1/8", "a/b", "1/1001", "3/8/1"] {
            assert!(Shard::parse(text).unwrap_err().contains("I/N"), "{text}");
        }
    }
}
