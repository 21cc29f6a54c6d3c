//! The plain texts: voices that compose captions. The awkward ones are in `special.rs`.

use crate::accounts::ACCOUNTS;
use crate::posts::Rng;
use crate::special::{LONGEST, SPECIAL, longest};

pub const ORIGINAL_AUDIO: &str = "Original audio";

/// What an account talks about and how.
pub struct Voice {
    /// Subject, its tag, and how well it does.
    subjects: &'static [(&'static str, &'static str, f64)],
    /// `{s}` is the subject, `{S}` the same with a capital.
    patterns: &'static [&'static str],
    details: &'static [&'static str],
    closings: &'static [&'static str],
    tags: &'static [&'static str],
    emoji: &'static [&'static str],
    pub places: &'static [(&'static str, f64, f64)],
}

/// A caption and what it does to the counts.
pub struct Text {
    pub caption: String,
    pub factor: f64,
    /// Comments: a question draws more of them.
    pub talk: f64,
    /// Shares, likewise.
    pub share: f64,
}

pub static BAKERY: Voice = Voice {
    subjects: &[
        ("sourdough rye", "sourdough", 1.05),
        ("cardamom buns", "cardamombuns", 1.4),
        ("butter croissants", "croissant", 1.3),
        ("rosemary focaccia", "focaccia", 1.0),
        ("apple galettes", "galette", 0.9),
        ("seeded rolls", "breadrolls", 0.75),
        ("lemon tart", "lemontart", 1.0),
        ("oat cookies", "cookies", 0.85),
        ("pumpkin loaf", "pumpkinloaf", 1.1),
        ("brioche", "brioche", 1.1),
        ("almond cake", "almondcake", 0.9),
        ("blueberry scones", "scones", 0.95),
        ("plum cake", "plumcake", 0.8),
    ],
    patterns: &[
        "{S}, start to finish",
        "How we make {s}",
        "First tray of {s} this week",
        "Behind the counter: {s}",
        "The slow part of making {s}",
        "What {s} looked like at 5 a.m.",
        "Three small fixes for better {s}",
        "Testing our {s} again",
        "A quiet minute with {s}",
    ],
    details: &[
        "The dough rests overnight, so the morning shift only shapes and bakes.",
        "We fold every half hour and stop as soon as the dough holds its edge.",
        "Stone-ground flour, cool water, a pinch more salt than you would think.",
        "The oven goes down by twenty degrees after the first ten minutes.",
        "Nothing fancy here: good butter and enough time.",
        "The second proof is short, about as long as it takes to drink a coffee.",
        "Yesterday's batch was a little dark, today's is just right.",
        "We bake in three rounds, and the last one comes out at eleven.",
        "Maya has shaped these since we opened and still measures by eye.",
    ],
    closings: &[
        "Which one would you pick?",
        "Save this for your next baking day.",
        "Pre-orders close on Thursday, link in bio.",
        "Share this with somebody who bakes on Sundays.",
        "Crust or crumb: what do you look at first?",
        "Open from seven until we run out.",
        "Follow along for the next batch.",
        "See you at the counter.",
    ],
    tags: &["bakery", "homebaking", "realbread", "breadmaking", "smallbakery", "baking"],
    emoji: &["🥐", "🍞", "🧈", "☕", "🍋", "✨"],
    places: &[("Harbor Lane Bakery", 40.7012, -74.0097), ("Pier Street Market", 40.7049, -74.0031)],
};

pub static TRAILS: Voice = Voice {
    subjects: &[
        ("the ridge path above the lake", "ridgewalk", 1.3),
        ("the night train to the coast", "nighttrain", 1.4),
        ("the old harbour at low tide", "harbourwalk", 0.9),
        ("a two-day hut walk", "huttohut", 1.1),
        ("the market square before breakfast", "earlybird", 0.8),
        ("the ferry to the small island", "islandday", 1.1),
        ("a rainy day in the old town", "rainyday", 0.7),
        ("the pine forest loop", "forestwalk", 0.95),
        ("the cliff steps", "clifftop", 1.15),
        ("a slow Sunday by the river", "riverside", 0.85),
        ("the vineyard trail", "vineyards", 1.0),
        ("the lighthouse road", "lighthouse", 1.05),
        ("the waterfall shortcut", "waterfall", 1.2),
    ],
    patterns: &[
        "{S}, in half a minute",
        "What we packed for {s}",
        "Worth the early start: {s}",
        "{S}, without the crowds",
        "Notes from {s}",
        "How to plan {s}",
        "One thing we got wrong about {s}",
        "{S}: the parts nobody films",
        "Back to {s}, two years later",
    ],
    details: &[
        "Start before eight and you have the first hour to yourself.",
        "It is eleven kilometres with about four hundred metres of climbing.",
        "The last bus leaves at ten past six, so keep an eye on the clock.",
        "We carried too much water and too little bread.",
        "Good shoes matter more than a good forecast.",
        "There is a spring at the halfway bench; the water was cold and clear.",
        "The map says three hours. Plan for four if you like to look around.",
        "Bring a thin jacket even in August, the wind up there does not care.",
    ],
    closings: &[
        "Would you walk this in the rain?",
        "Save the route for spring.",
        "Comment TRAIL and we send you the map.",
        "Send this to the friend who never packs light.",
        "Which stop should we film next?",
        "Full route and train times: link in bio.",
        "Take your litter home, please.",
        "More from this corner on Wednesday.",
    ],
    tags: &["slowtravel", "hiking", "trainsnotplanes", "weekendtrip", "outdoors", "wandern"],
    emoji: &["⛰️", "🚆", "🌊", "🥾", "🌲", "🌤️"],
    places: &[
        ("Ridge Path Car Park", 47.5931, 12.9876),
        ("Old Harbour Steps", 54.3154, 13.0921),
        ("Pine Loop Trailhead", 50.9187, 14.0573),
    ],
};

pub static FITNESS: Voice = Voice {
    subjects: &[
        ("hip mobility", "hipmobility", 1.35),
        ("the goblet squat", "gobletsquat", 1.05),
        ("push-up form", "pushups", 1.25),
        ("a ten-minute core set", "coreworkout", 1.2),
        ("indoor cardio for the monsoon", "indoorcardio", 0.9),
        ("shoulder warm-ups", "warmup", 0.95),
        ("the single-leg deadlift", "singleleg", 0.8),
        ("desk stretches", "deskstretches", 1.3),
        ("breathing between sets", "breathwork", 0.7),
        ("a beginner's rope routine", "skippingrope", 1.0),
        ("ankle stability", "ankles", 0.85),
        ("slow tempo rows", "backday", 0.8),
        ("recovery days", "recovery", 0.9),
    ],
    patterns: &[
        "{S}: what most people rush",
        "Try this for {s}",
        "{S}, explained in a minute",
        "Coach's notes on {s}",
        "Your reminder: {s}",
        "Common mistakes with {s}",
        "{S} at home, no equipment",
        "Four weeks of {s}",
        "Start here: {s}",
    ],
    details: &[
        "Three rounds, forty seconds on, twenty off. Stop when your form does.",
        "Keep the ribs down and breathe out on the way up.",
        "If it pinches, make the range smaller and go slower.",
        "Two good sets beat five rushed ones.",
        "Rest a full minute, even if you feel fine.",
        "You need a mat and about as much space as a doorway.",
        "Count to three on the way down. That is where the work is.",
        "Add one repetition a week, not five.",
    ],
    closings: &[
        "Save this for your next session.",
        "How many rounds did you get?",
        "Tag a friend who sits all day.",
        "Follow for a new routine every Monday.",
        "Questions? Ask below, we answer all of them.",
        "Class times: link in bio.",
        "Which side feels tighter, left or right?",
        "Go easy and come back tomorrow.",
    ],
    tags: &["mobility", "homeworkout", "strengthtraining", "fitover40", "movementcoach", "dailymovement"],
    emoji: &["💪🏽", "🧘🏽‍♀️", "🔥", "🌧️", "✅", "🙌"],
    places: &[("Monsoon Moves Studio", 12.9719, 77.5937)],
};

pub fn compose(number: usize, index: usize, rng: &mut Rng) -> Text {
    let voice = ACCOUNTS[number].voice;
    let (subject, tag, factor) = voice.subjects[(index * 5 + rng.below(3) as usize) % voice.subjects.len()];
    let capital = subject[..1].to_uppercase() + &subject[1..];
    let hook = rng.pick(voice.patterns).replace("{s}", subject).replace("{S}", &capital);
    let closing = *rng.pick(voice.closings);
    let emoji = if rng.below(3) > 0 { format!(" {}", rng.pick(voice.emoji)) } else { String::new() };
    // Neighbours in a list of details: two that differ, without looking twice.
    let first = rng.below(voice.details.len() as u64) as usize;
    let details = (0..1 + rng.below(2) as usize).map(|more| voice.details[(first + more) % voice.details.len()]);
    let details: Vec<&str> = details.collect();
    let mut tags = vec![format!("#{tag}")];
    for _ in 0..1 + rng.below(5) {
        let more = format!("#{}", rng.pick(voice.tags));
        if !tags.contains(&more) {
            tags.push(more);
        }
    }
    let mut caption = format!("{hook}{emoji}\n\n{}\n{closing}\n\n{}", details.join(" "), tags.join(" "));
    if (number, index) == LONGEST {
        caption = longest();
    }
    if let Some((.., text)) = SPECIAL.iter().find(|special| (special.0, special.1) == (number, index)) {
        caption = text.to_string();
    }
    let asks = caption.contains('?');
    let sends = ["Save", "Share", "Send", "Tag"].iter().any(|word| caption.contains(word));
    Text { caption, factor, talk: if asks { 1.6 } else { 1.0 }, share: if sends { 1.8 } else { 1.0 } }
}
