//! Views at a certain age, from the observations around it. Ages are whole microseconds: as floating-point hours, two
//! observations 96 hours apart could be a little more than that.

use crate::schema::cell::UtcMicros;

/// What a reel's history needs of one observation with views.
#[derive(Debug, Clone)]
pub(crate) struct ViewsPoint {
    pub at: UtcMicros,
    /// `None` where the posting time is impossible.
    pub age_us: Option<i64>,
    pub views: i64,
    pub from_play: bool,
}

/// Views at a certain age: set by the first observation at that age or later.
#[derive(Debug, Clone, Default)]
pub(crate) struct AtAge {
    pub is_past: bool,
    pub views: Option<i64>,
}

impl AtAge {
    /// Sets the views at an age with the first point at that age or later: on the line from the previous point,
    /// where the two are at most `widest` apart; rounded half up.
    pub(crate) fn take(&mut self, before: Option<&ViewsPoint>, point: &ViewsPoint, age_us: i64, widest_us: i64) {
        let Some(age) = point.age_us.filter(|age| !self.is_past && *age >= age_us) else { return };
        self.is_past = true;
        if age == age_us {
            self.views = Some(point.views);
            return;
        }
        let Some((before, age_before)) = before.and_then(|before| Some((before, before.age_us?))) else { return };
        let apart = age - age_before;
        if apart <= widest_us && age_before < age_us && before.from_play == point.from_play {
            let (passed, gained) = (i128::from(age_us - age_before), i128::from(point.views - before.views));
            let rounded = (2 * passed * gained + i128::from(apart)).div_euclid(2 * i128::from(apart));
            // Between two counts, and so a count.
            self.views = i64::try_from(rounded).ok().map(|gained| before.views + gained);
        }
    }
}
