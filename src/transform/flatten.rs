//! Turns one item into one observation: its nested fields become the columns that need nothing but the item.

use compact_str::{CompactString, ToCompactString, format_compact};

use crate::instagram::item::{Item, User};
use crate::instagram::lenient::{Field, List};
use crate::instagram::{item, media_id, media_id::ItemIds, posted_at};
use crate::schema::column::Row;
use crate::schema::tables::{Person, Reel};
use crate::schema::values::{PostedAtSource, Role, SourceShape};
use crate::transform::{account::crawl::PageInput, engagement, posting_time, video};

/// A reel as one crawl saw it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ObservedReel {
    /// Boxed: a row has two kilobytes, and moves between lists.
    pub reel: Box<Reel>,
    /// Coauthors, tagged people and sponsors; mentions come from the caption later.
    pub people: Vec<Person>,
    /// The roles that this item carries: other roles keep their last known people.
    pub roles: Vec<Role>,
    /// The number of the crawl among the account's crawls, in the order they were read.
    pub crawl: usize,
}

/// A finding about one item: its kind and detail.
pub(crate) type Remark = (&'static str, String);

/// Where an item was found: the part of a row that does not come from the item itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ItemPlace<'a> {
    pub account: &'a str,
    pub page: PageInput<'a>,
    /// 1 is the first item of the page.
    pub position: i32,
}

/// Flattens an item, or returns why it cannot be a row.
pub(crate) fn flatten(item: &Item, place: &ItemPlace, remarks: &mut Vec<Remark>) -> Result<ObservedReel, String> {
    let wrapped = item.media.get();
    let media = wrapped.map_or(item, |media| media.as_ref());
    note_keys(item, wrapped.is_some(), remarks);
    let mut observation = ObservedReel::default();
    let reel = observation.reel.as_mut();
    reel.source_shape = if wrapped.is_some() { SourceShape::Wrapped } else { SourceShape::Flat };
    reel.account = place.account.into();
    reel.page_blake3 = place.page.blake3.into();
    reel.page_number = place.page.number;
    reel.page_position = place.position;
    let number = fill_ids(reel, media, remarks)?;
    fill_owner(reel, media);
    let upload_lead_ms = fill_posted_at(reel, media, number)?;
    posting_time::fill_age(reel, place.page.fetched_at, upload_lead_ms);
    let wrong = engagement::fill_counts(reel, media);
    remarks.extend(wrong.into_iter().map(|(finding, field)| (finding, field.to_owned())));
    video::fill(reel, media);
    reel.caption = caption(media);
    reel.is_paid_partnership = media.is_paid_partnership.value();
    reel.product_type = media.product_type.text();
    reel.media_type = media.media_type.value().and_then(|kind| i32::try_from(kind).ok());
    reel.is_pinned = item::is_pinned([&media.clips_tab_pinned_user_ids, &media.timeline_pinned_user_ids]);
    if let Some(location) = media.location.get() {
        reel.location_name = location.name.text();
        reel.location_lat = location.lat.value();
        reel.location_lng = location.lng.value();
    }
    fill_people(&mut observation, media);
    check_texts(&mut observation, place.page.was_changed, remarks);
    Ok(observation)
}

/// Fills the ids; returns the media id.
fn fill_ids(reel: &mut Reel, media: &Item, remarks: &mut Vec<Remark>) -> Result<u64, String> {
    let ids = ItemIds::of(&media.pk, &media.id, &media.code);
    if ids.name().is_none() {
        return Err("neither id nor code".to_owned());
    }
    let reel_id = ids.number().ok_or("neither id nor code can be read as a media id")?;
    if ids.code.is_some_and(|code| media_id::decode(code) != Some(reel_id)) {
        remarks.push(("id_mismatch", "code does not stand for the id".to_owned()));
    }
    let code = ids.code.filter(|code| media_id::is_code(code));
    let code = code.map_or_else(|| media_id::encode(reel_id), CompactString::from);
    let owner = ids.owner().map(CompactString::from);
    reel.reel_id = reel_id.to_compact_string();
    reel.reel_key = format_compact!("{}:{}", reel.account, reel.reel_id);
    reel.owner_id = user_id(&media.user).or_else(|| user_id(&media.owner)).or(owner).filter(|id| !id.is_empty());
    let whole_id = ids.id.filter(|id| id.contains('_')).map(CompactString::from);
    reel.media_id = whole_id.or_else(|| Some(format_compact!("{reel_id}_{}", reel.owner_id.as_ref()?)));
    reel.url = format_compact!("https://www.instagram.com/reel/{code}/");
    reel.shortcode = code;
    Ok(reel_id)
}

fn user_id(user: &Field<User>) -> Option<CompactString> {
    let user = user.get()?;
    user.pk.get().or_else(|| user.id.get()).map(|id| CompactString::from(id.0.trim()))
}

/// Each owner field from `user`, where it is missing there from `owner`.
fn fill_owner(reel: &mut Reel, media: &Item) {
    let (user, owner) = (media.user.get(), media.owner.get());
    fn either<T>(user: Option<&User>, owner: Option<&User>, field: impl Fn(&User) -> Option<T>) -> Option<T> {
        user.and_then(&field).or_else(|| owner.and_then(&field))
    }
    reel.owner_username = either(user, owner, |user| user.username.text());
    reel.owner_full_name = either(user, owner, |user| user.full_name.text());
    reel.owner_is_verified = either(user, owner, |user| user.is_verified.value());
    reel.owner_is_private = either(user, owner, |user| user.is_private.value());
    let kind = either(user, owner, |user| user.account_type.value());
    reel.owner_account_type = kind.and_then(|kind| i32::try_from(kind).ok());
}

/// Fills the posting time. Returns the milliseconds from the start of the upload to it, if both are known.
fn fill_posted_at(reel: &mut Reel, media: &Item, media_id: u64) -> Result<Option<i64>, String> {
    let posted_at = posted_at::posted_at(&media.taken_at, &media.created_at, Some(media_id));
    let (posted_at, source) = posted_at.ok_or("no posting time can be read")?;
    reel.posted_at = posted_at.into();
    reel.posted_at_source = source;
    // If the start of the upload is the posting time, a lead of 0 is not a measurement.
    let upload = media_id::upload_started_at(media_id).filter(|_| source != PostedAtSource::MediaId);
    let lead_ms = upload.map(|upload| posted_at.timestamp_millis() - upload.timestamp_millis());
    reel.upload_lead_s = lead_ms.map(|lead| lead as f64 / 1000.0);
    Ok(lead_ms)
}

/// `caption.text`, else `caption_text`; a plain text caption was read as `text`.
fn caption(media: &Item) -> Option<CompactString> {
    let text = media.caption.get().and_then(|caption| caption.text.get());
    text.or_else(|| media.caption_text.get()).map(|text| text.as_ref().into())
}

fn fill_people(observation: &mut ObservedReel, media: &Item) {
    fn users<'i, 'a>(list: &'i List<User<'a>>) -> impl Iterator<Item = &'i User<'a>> {
        list.iter().filter_map(Field::get)
    }
    if let Some(coauthors) = media.coauthor_producers.get() {
        observation.reel.coauthor_count = Some(users(coauthors).count() as i32);
        observation.roles.push(Role::Coauthor);
        users(coauthors).for_each(|user| add_person(observation, Role::Coauthor, user));
    }
    if let Some(tags) = media.usertags.get() {
        observation.roles.push(Role::Tagged);
        for tag in tags.tagged.get().into_iter().flatten().filter_map(Field::get) {
            tag.user.get().into_iter().for_each(|user| add_person(observation, Role::Tagged, user));
        }
    }
    if let Some(tags) = media.sponsor_tags.get() {
        observation.roles.push(Role::Sponsor);
        for tag in tags.iter().filter_map(Field::get) {
            let mut here = User::default();
            (here.username, here.pk) = (tag.username.clone(), tag.pk.clone());
            add_person(observation, Role::Sponsor, tag.sponsor.get().unwrap_or(&here));
        }
    }
}

/// A person without a name is skipped, but counts as a coauthor.
fn add_person(observation: &mut ObservedReel, role: Role, user: &User) {
    let Some(username) = user.username.text() else { return };
    let known = |person: &Person| person.role == role && person.username == username;
    if observation.people.iter().any(known) {
        return;
    }
    observation.people.push(Person {
        reel_key: observation.reel.reel_key.clone(),
        account: observation.reel.account.clone(),
        reel_id: observation.reel.reel_id.clone(),
        role,
        username,
        user_id: user.pk.get().or_else(|| user.id.get()).map(|id| CompactString::from(&*id.0)),
    });
}

/// Unknown keys and unreadable fields, of the item and of the wrapper around it.
fn note_keys(item: &Item, is_wrapped: bool, remarks: &mut Vec<Remark>) {
    let inner = item.media.get().filter(|_| is_wrapped);
    for part in std::iter::once(item).chain(inner.map(|media| media.as_ref())) {
        remarks.extend(part.unknown_keys.iter().map(|key| ("unknown_item_key", key.clone().into_owned())));
        remarks.extend(part.unreadable.iter().map(|field| ("unreadable_value", (*field).to_owned())));
    }
}

/// Characters that other tools have trouble with: removes NUL from every text of an observation, and reports each text
/// that had one, that has a line separator, or that has U+FFFD for a lone surrogate (only where `was_changed`).
fn check_texts(observation: &mut ObservedReel, was_changed: bool, remarks: &mut Vec<Remark>) {
    check_row(observation.reel.as_mut(), "", was_changed, remarks);
    observation.people.iter_mut().for_each(|person| check_row(person, "people.", was_changed, remarks));
}

/// Removes NUL from the texts of a row and notes the odd characters in them; `prefix` stands before a column's name.
pub(crate) fn check_row(row: &mut impl Row, prefix: &str, was_changed: bool, remarks: &mut Vec<Remark>) {
    row.texts(|column, text| {
        if let Some(clean) = checked(text, prefix, column, was_changed, remarks) {
            *text = clean.into();
        }
    });
}

/// The text without NUL, where it had one.
fn checked(text: &str, prefix: &str, column: &str, was_changed: bool, remarks: &mut Vec<Remark>) -> Option<String> {
    // The first bytes of all these characters; most texts have none.
    let first = |byte: &u8| matches!(byte, 0 | 0xC2 | 0xE2 | 0xEF);
    if !text.as_bytes().iter().any(first) {
        return None;
    }
    if text.contains(['\u{2028}', '\u{2029}', '\u{85}']) {
        remarks.push(("line_separator", format!("{prefix}{column}")));
    }
    if was_changed && text.contains('\u{FFFD}') {
        remarks.push(("lone_surrogate", format!("{prefix}{column}")));
    }
    if !text.contains('\0') {
        return None;
    }
    remarks.push(("nul_in_text", format!("{prefix}{column}")));
    Some(text.replace('\0', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remarks(caption: &str, username: &str, was_changed: bool) -> (ObservedReel, Vec<Remark>) {
        let reel = Reel { caption: Some(caption.into()), owner_full_name: Some("José …".into()), ..Reel::default() };
        let person = Person { username: username.into(), ..Person::default() };
        let mut observation = ObservedReel { reel: reel.into(), people: vec![person], ..ObservedReel::default() };
        let mut remarks = Vec::new();
        check_texts(&mut observation, was_changed, &mut remarks);
        (observation, remarks)
    }

    #[test]
    fn nul_is_removed_and_counted_once_per_text() {
        let (observation, found) = remarks("a\0b\0", "\0w", false);
        assert_eq!((observation.reel.caption.as_deref(), observation.people[0].username.as_str()), (Some("ab"), "w"));
        assert_eq!(found, [("nul_in_text", "caption".to_owned()), ("nul_in_text", "people.username".to_owned())]);
    }

    #[test]
    fn separators_are_kept_and_counted() {
        for separator in ["\u{2028}", "\u{2029}", "\u{85}"] {
            let caption = format!("a{separator}b");
            let (observation, found) = remarks(&caption, "w", false);
            assert_eq!(observation.reel.caption.as_deref(), Some(caption.as_str()));
            assert_eq!(found, [("line_separator", "caption".to_owned())]);
        }
        assert_eq!(remarks("a\nb\r\t é ☀ \u{2027}", "w", true).1, []);
    }

    #[test]
    fn a_replacement_character_is_a_lone_surrogate_only_where_one_was_replaced() {
        assert_eq!(remarks("cut \u{FFFD}", "w", true).1, [("lone_surrogate", "caption".to_owned())]);
        assert_eq!(remarks("cut \u{FFFD}", "w", false).1, []);
    }
}
