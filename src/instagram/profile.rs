//! The profile of an account, in the three shapes that the API sends: flat (`basic-profile`), as `data.user` with counts
//! in `edge_…` (`profile`), and `data.user` with both kinds of field.

use compact_str::CompactString;

use crate::instagram::lenient::{Field, Id, Key, Lenient, Text, lenient_object};
use crate::instagram::{response, response::NotPage};

lenient_object! {
    Count<'a> {
        count: i64,
    }
}

lenient_object! {
    User<'a> {
        pk: Id<'a>,
        id: Id<'a>,
        username: Text<'a>,
        full_name: Text<'a>,
        biography: Text<'a>,
        category: Text<'a>,
        category_name: Text<'a>,
        account_type: i64,
        follower_count: i64,
        following_count: i64,
        media_count: i64,
        edge_followed_by: Count<'a>,
        edge_follow: Count<'a>,
        edge_owner_to_timeline_media: Count<'a>,
        is_private: bool,
        is_verified: bool,
        is_business: bool,
        is_business_account: bool,
    }
}

lenient_object! {
    Data<'a> {
        user: User<'a>,
    }
}

lenient_object! {
    /// The key that tells the shapes apart.
    Envelope<'a> {
        data: Data<'a>,
    }
}

/// A profile; what it lacks is `None`, and so is a text that is empty or a count below 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProfileContents {
    pub user_id: Option<CompactString>,
    pub username: Option<CompactString>,
    pub full_name: Option<CompactString>,
    pub biography: Option<CompactString>,
    pub category: Option<CompactString>,
    pub account_type: Option<i32>,
    pub followers: Option<i64>,
    pub following: Option<i64>,
    pub media_count: Option<i64>,
    pub is_private: Option<bool>,
    pub is_verified: Option<bool>,
    pub is_business: Option<bool>,
}

/// Reads a response as a profile: an object with the id or the handle of a user.
///
/// # Errors
/// What it is instead.
pub(crate) fn classify(body: &str) -> Result<ProfileContents, NotPage> {
    // What is no JSON object has no user, and is refused below.
    let nested = serde_json::from_str::<Field<Envelope>>(body).unwrap_or_default();
    let nested = nested.get().and_then(|envelope| envelope.data.get()?.user.get().cloned());
    let flat = || serde_json::from_str::<Field<User>>(body).unwrap_or_default().get().cloned();
    let user = nested.or_else(flat).unwrap_or_default();
    let profile = contents(&user);
    let is_of_a_user = profile.user_id.is_some() || profile.username.is_some();
    response::expect_success(body, "has no user", is_of_a_user)?;
    Ok(profile)
}

fn contents(user: &User) -> ProfileContents {
    let id = |id: &Field<Id>| id.get().map(|id| CompactString::from(id.0.trim()));
    let count = |direct: &Field<i64>, edge: &Field<Count>| {
        let edge = || edge.get().and_then(|edge| edge.count.value());
        direct.value().filter(|count| *count >= 0).or_else(edge).filter(|count| *count >= 0)
    };
    ProfileContents {
        user_id: id(&user.pk).or_else(|| id(&user.id)),
        username: user.username.text(),
        full_name: user.full_name.text(),
        biography: user.biography.text(),
        category: user.category.text().or_else(|| user.category_name.text()),
        account_type: user.account_type.value().and_then(|kind| i32::try_from(kind).ok()),
        followers: count(&user.follower_count, &user.edge_followed_by),
        following: count(&user.following_count, &user.edge_follow),
        media_count: count(&user.media_count, &user.edge_owner_to_timeline_media),
        is_private: user.is_private.value(),
        is_verified: user.is_verified.value(),
        is_business: user.is_business.value().or_else(|| user.is_business_account.value()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAT: &str = r#"{"pk":21393171,"id":"21393171","username":"jane","full_name":"Jane Example","biography":"",
        "category":null,"account_type":3,"follower_count":16101999,"following_count":617,"media_count":409,
        "is_private":false,"is_verified":true,"is_business":false,"total_clips_count":1}"#;
    const GRAPH: &str = r#"{"success":true,"credits_charged":1,"data":{"user":{"id":"21393171","username":"jane",
        "biography":"Invented","category_name":"Artist","edge_followed_by":{"count":9925202},"edge_follow":{"count":85},
        "edge_owner_to_timeline_media":{"count":8860},"is_private":1,"is_business_account":true}},"status":"ok"}"#;

    #[test]
    fn the_flat_shape() {
        let expected = ProfileContents {
            user_id: Some("21393171".into()),
            username: Some("jane".into()),
            full_name: Some("Jane Example".into()),
            account_type: Some(3),
            followers: Some(16_101_999),
            following: Some(617),
            media_count: Some(409),
            is_private: Some(false),
            is_verified: Some(true),
            is_business: Some(false),
            ..ProfileContents::default()
        };
        assert_eq!(classify(FLAT), Ok(expected.clone()));
        // The vendor's schema adds these.
        let wrapped = FLAT.replacen('{', r#"{"success":true,"credits_remaining":17,"#, 1);
        assert_eq!(classify(&wrapped), Ok(expected));
    }

    #[test]
    fn counts_in_edges_and_both_kinds_at_once() {
        let graph = classify(GRAPH).unwrap();
        assert_eq!((graph.user_id.as_deref(), graph.followers), (Some("21393171"), Some(9_925_202)));
        assert_eq!((graph.following, graph.media_count), (Some(85), Some(8860)));
        assert_eq!(
            (graph.category.as_deref(), graph.is_private, graph.is_business),
            (Some("Artist"), Some(true), Some(true))
        );
        let merged = GRAPH.replace(
            r#""id":"21393171""#,
            r#""pk":"21393171","id":"21393171","follower_count":1852477,"following_count":null,"media_count":null"#,
        );
        let merged = classify(&merged).unwrap();
        assert_eq!((merged.followers, merged.following, merged.media_count), (Some(1_852_477), Some(85), Some(8860)));
    }

    #[test]
    fn what_is_missing_or_odd_is_none_and_never_0() {
        let odd =
            classify(r#"{"pk":"1","username":"","follower_count":-1,"following_count":"many","data":[]}"#).unwrap();
        assert_eq!(odd, ProfileContents { user_id: Some("1".into()), ..ProfileContents::default() });
        let edge = classify(r#"{"pk":"1","follower_count":-1,"edge_followed_by":{"count":44}}"#).unwrap();
        assert_eq!(edge.followers, Some(44));
        let hidden = classify(r#"{"username":"jane","follower_count":0}"#).unwrap();
        assert_eq!(hidden.followers, Some(0), "a count of 0 is a count");
    }

    #[test]
    fn what_is_no_profile_says_what_it_is() {
        let reason = |body: &str| match classify(body) {
            Err(NotPage::Other(reason) | NotPage::Cut(reason) | NotPage::NotFound(reason)) => reason,
            Ok(profile) => panic!("{profile:?}"),
        };
        assert_eq!(reason("{}"), "the response has no user");
        assert_eq!(reason(r#"{"data":{"user":null}}"#), "the response has no user");
        assert_eq!(reason(r#"{"items":[]}"#), "the response has no user");
        assert_eq!(reason("[]"), "the response is a list, not an object");
        assert_eq!(
            reason(r#"{"success":false,"username":"jane","message":"busy"}"#),
            "the response says `success: false`: busy"
        );
        assert_eq!(reason(r#"{"success":true,"error":"not_found","message":"gone"}"#), "gone");
        assert!(matches!(classify(r#"{"pk":"1","#), Err(NotPage::Cut(_))));
        assert!(matches!(classify(r#"{"success":false,"error":"not_found"}"#), Err(NotPage::NotFound(_))));
    }
}
