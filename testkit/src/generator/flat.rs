//! An item in the flat shape (`trim=true`): few fields; most of its bytes are image URLs.

use super::facts::{Account, Reel};
use super::parts::{self, Answer, File, put};

pub fn item(out: &mut String, reel: &Reel, owner: &Account, answer: &Answer) {
    let mut random = reel.random.clone();
    let Reel { pk, code, taken_at, ig_play_count, comment_count, .. } = reel;
    let likes = if reel.likes_hidden { -1 } else { reel.like_count as i64 };
    put(out, format_args!(r#"{{"id":"{pk}_{}","code":"{code}","taken_at":{taken_at},"caption":"#, owner.id));
    parts::caption(out, reel, owner, answer);
    put(
        out,
        format_args!(
            r#","play_count":{},"ig_play_count":{ig_play_count},"comment_count":{comment_count},"like_count":{likes},"display_uri":""#,
            ig_play_count + reel.fb_play_count.unwrap_or(0)
        ),
    );
    let cover = File::image(&mut random, "v/t51.2885-15");
    parts::square(out, &cover, answer, &mut random);
    for key in [r#"","user":"#, r#","owner":"#] {
        out.push_str(key);
        parts::user(out, owner, answer);
    }
    out.push_str(r#","image_versions2":"#);
    parts::images(out, reel, &[1_080, 640, 320], &cover, answer, &mut random);
    put(out, format_args!(r#","url":"https://www.instagram.com/reel/{code}/"}}"#));
}
