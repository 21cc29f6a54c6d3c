//! Prints the five most viewed reels of a store: `cargo run --example query_store -- reels`

use std::path::Path;

use reelframe::{Result, Store, query};

const TOP_FIVE: &str = "SELECT account, shortcode, views FROM reels WHERE views IS NOT NULL \
    ORDER BY views DESC, reel_key LIMIT 5";

fn main() -> Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "reels".to_owned());
    let answer = query(&Store::new(Path::new(&path)), TOP_FIVE)?;
    for row in 0..answer.rows.len() {
        let text = |column| answer.value(row, column).as_text().unwrap_or_default().to_owned();
        let views = answer.value(row, "views").as_int().unwrap_or_default();
        println!("{views:>12}  {}  {}", text("account"), text("shortcode"));
    }
    Ok(())
}
