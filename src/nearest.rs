//! The known name nearest to a misspelt one.

/// The nearest name, if at most a third of its letters differ. Of two that are as near, one that begins with the word.
pub(crate) fn nearest<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let word = word.to_lowercase().replace('-', "_");
    let distances = names.map(|name| (distance(&word, name), !name.starts_with(&word), name));
    let (distance, _, name) = distances.min_by_key(|(distance, is_other, _)| (*distance, *is_other))?;
    (distance * 3 <= name.chars().count()).then_some(name)
}

/// The number of letters to insert, delete, replace or swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // The first row and the first column are as they stay: letters put in alone.
    let mut rows: Vec<Vec<usize>> = (0..=a.len()).map(|i| (i..=i + b.len()).collect()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let names = ["concurrency", "store", "max_age", "max_pages", "since"];
        let near = |word: &str| nearest(word, names.into_iter());
        assert_eq!(near("concurency"), Some("concurrency"));
        assert_eq!(near("CONCURRENCY"), Some("concurrency"));
        assert_eq!(near("max-page"), Some("max_pages"));
        assert_eq!(near("sotre"), Some("store"));
        assert_eq!((near("colour"), near("")), (None, None));
        assert_eq!((distance("", "abc"), distance("kitten", "sitting"), distance("ab", "ba")), (3, 3, 1));
    }
}
