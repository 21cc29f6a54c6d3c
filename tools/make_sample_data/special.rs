//! The awkward texts, each on a reel of its own.

use crate::accounts::{BAKERY as B, FITNESS as F, TRAILS as T};

/// Account, reel, what is awkward about it, and the text.
pub type Special = (usize, usize, &'static str, &'static str);

pub static SPECIAL: &[Special] = &[
    (
        B,
        30,
        "caption starts with =",
        "=1 part starter, 5 parts flour, 3.5 parts water. That is the whole sum.\n\n#sourdough #bakersmath",
    ),
    (
        B,
        29,
        "caption with <script> text",
        "We tried to fix our own website: <script>alert(\"bread\")</script> & now the menu says \"bread\" twice. \
         Order at the counter, please.\n\n#bakery #smallbusiness",
    ),
    (
        B,
        26,
        "caption with an e-mail address and a web address",
        "Wedding cakes for next spring: write to orders@harbor-bakery.example or see \
         https://harbor-bakery.example/cakes. We answer within two days.\n\n#weddingcake #bakery",
    ),
    (
        B,
        25,
        "caption with tabs and U+2028",
        "Opening hours this week:\nTue–Fri\t7–15\nSat\t8–13\u{2028}Sun\tclosed\n\n#bakery #openinghours",
    ),
    (
        B,
        24,
        "caption with joined emoji, flags, keycap, skin tone",
        "Family breakfast box 👨‍👩‍👧‍👦 for four: 1️⃣ rolls 2️⃣ jam 3️⃣ butter. Rye as in 🇩🇪, croissants as in 🇫🇷. \
         Thank you all 👍🏽\n\n#breakfast #bakery",
    ),
    (
        B,
        23,
        "caption with CJK and accented tags",
        "Milk bread class with a guest baker, notes in two languages.\n\n#食パン #パン作り #面包 #빵 #crèmepâtissière \
         #milkbread",
    ),
    (
        B,
        22,
        "caption with full-width ＃ tags",
        "Melon pan, second try. Softer inside, and the crust holds.\n\n＃メロンパン ＃パン屋 #melonpan",
    ),
    (
        B,
        21,
        "caption with #1, which is no tag",
        "Our #1 question at the counter: is the rye really vegan? Yes. Since day #1.\n\n#ryebread #veganbaking",
    ),
    (
        B,
        55,
        "caption says #ad",
        "New flour, same hands. Mill Road Flour sent us two sacks of their spring wheat and we baked all week. \
         #ad\n\nWhat should we bake next?\n\n#realbread #flour",
    ),
    (
        B,
        40,
        "caption says #gifted",
        "A stone from a friend's workshop, and the bottom crust we wanted for years. #gifted\n\n#bakingstone \
         #realbread",
    ),
    (
        B,
        32,
        "caption that is edited between the walks",
        "Plum cake is back from tomorrow, by the slice.\n\n#plumcake #bakery",
    ),
    (
        B,
        59,
        "caption of a collab with a mention",
        "Wheat to loaf in one week: @harbor.bakery.example baked the first sack of our new harvest. Which loaf \
         should we mill for next?\n\n#flour #realbread",
    ),
    (
        B,
        58,
        "caption with a mention of the coauthor",
        "A morning at the mill with @mill.road.flour.example. Three grades of wheat, one dough, and a clear \
         winner.\n\nSave this for your next baking day.\n\n#flour #homebaking",
    ),
    (
        T,
        60,
        "caption of a collab within the sample",
        "Maya of @harbor.bakery.example came for a week and baked rye in a hut oven at 1,900 metres. It rose. \
         Slowly.\n\nWould you carry flour up a mountain?\n\n#huttohut #sourdough #slowtravel",
    ),
    (
        F,
        52,
        "caption of a collab on a flat item",
        "Ten minutes before work with @monsoon.moves.example: hips, back, done. Save this for Monday.\n\n#mobility \
         #dailymovement",
    ),
    (T, 55, "caption in Arabic", "صباح هادئ على الميناء القديم ☀️ هل تفضلون البحر أم الجبل؟\n\n#سفر #بحر #slowtravel"),
    (
        T,
        54,
        "caption in Hebrew, with Latin words in it",
        "שביל החוף בסוף הקיץ: 11 km, רוח קלה ומים קרים 🌊 מי בא איתנו?\n\n#טיול #hiking",
    ),
    (
        T,
        53,
        "mentions with trailing and double dots",
        "Walked with @lena.maps.example. and @two..dots.example, filmed by (@quiet_tripod.example), not by \
         night@huts.example.\n\n#hiking",
    ),
    (
        T,
        52,
        "caption says #sponsored",
        "Two nights on the coast line with a pass from the railway museum. #sponsored\n\nRoute and times: link \
         in bio.\n\n#nighttrain #slowtravel",
    ),
    (
        T,
        47,
        "caption in German, umlauts and ß",
        "Frühstück am See, danach elf Kilometer bergauf. Die Füße sind müde, die Aussicht größer als \
         gedacht.\n\nKommt ihr mit?\n\n#wandern #frühaufsteher #größe",
    ),
    (T, 46, "caption that is empty text", ""),
    (T, 38, "caption of emoji and one tag only", "🌫️🌲🌲🦌\n#forestwalk"),
    (
        F,
        53,
        "caption in Hindi",
        "सुबह की दस मिनट की कसरत: धीरे शुरू करें, साँस न रोकें। \
         आप कब करते हैं?\n\n#योग #सुबह #homeworkout",
    ),
    (
        F,
        49,
        "right-to-left caption with mentions and numbers",
        "3 جولات × 40 ثانية مع @coach.asha.example 💪🏽 احفظ الفيديو للتمرين القادم\n\n#تمارين #mobility",
    ),
    (
        F,
        48,
        "caption starts with @ and holds + and quotes",
        "@coach.asha.example said \"one more\", so we did one more. +5 if you smiled.\n\n#strengthtraining",
    ),
];

/// The text that the second walk shows for the edited caption.
pub const EDITED: &str =
    "Plum cake is back from tomorrow, by the slice. Edit: whole cakes from Friday, order by DM.\n\n#plumcake #bakery";

/// The reel whose caption is as long as Instagram lets one be.
pub const LONGEST: (usize, usize) = (B, 28);

/// Exactly 2,200 characters: cut where the app cuts a caption.
pub fn longest() -> String {
    RECIPE.chars().take(2_199).chain(['…']).collect()
}

const RECIPE: &str = "The long version of our rye, as promised. Read it once before you start, then put the phone away.

The evening before: stir 60 g of lively rye starter into 300 g of whole rye flour and 330 g of water at about 30 °C. \
It should look like wet sand and not like dough. Cover it and leave it somewhere warm. We use the shelf above the \
coffee machine; a switched-off oven with the light on does the same. Twelve to fourteen hours later it is domed, full \
of small holes, and smells of apples. If it smells of nail varnish it was too warm, so use a little less starter next \
time.

The morning: bring 250 g of rye and 150 g of wheat flour, 14 g of salt, 20 g of dark syrup and 280 g of water to \
the same bowl. Mix by hand until there is no dry flour, three or four minutes, no kneading. Rye has little gluten, so \
there is nothing to build up; all the patience went in last night. Leave it for twenty minutes. It will seem too wet. \
It is not too wet.

Shaping: wet your hands and the scraper, make a ball, then a fat log, and put it in a buttered tin. Smooth the top \
with a wet spoon and dust it with flour. When the flour shows cracks as wide as a pencil line, after sixty to ninety \
minutes, it is ready. Do not wait for it to double, it never will.

Baking: as hot as your oven goes for ten minutes, with a cup of water thrown on a tray below. Open the door once to \
let the steam out, go down to 200 °C and bake for fifty minutes more. A thermometer in the middle should say 97 °C. \
Take it out of the tin and give it five minutes without, straight on the rack, for the sides.

Then the hard part: wait a day. Cut it warm and the knife drags; cut it tomorrow and it slices thin and clean. It \
keeps for a week in a cloth and toasts well to the end. The last heel goes into the next starter, soaked and mashed, \
which is how the loaf you bake in March still holds a little of the one from October.

Questions we hear each week: can it be all rye? Yes, use 20 g more water. Seeds? Up to 150 g, soaked in hot water \
overnight. Spelt in place of wheat? Yes, the crumb is a bit shorter. Freezer? Yes: sliced, wrapped \
twice, up to two months, and from there straight into the toaster, no thawing.\n\n#sourdough #ryebread #recipe";
