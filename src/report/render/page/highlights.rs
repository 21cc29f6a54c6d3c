//! The findings of a page: the strongest first, under what they answer.

use serde::Serialize;

use crate::report::build::Report;
use crate::report::findings::{Finding, Topic};
use crate::report::render::format::display_text;
use crate::report::row::rows_of;

/// Findings of the first screen.
pub(crate) const SHOWN: usize = 5;
/// Facts over all history below it.
const STANDING: usize = 6;

#[derive(Serialize)]
pub(crate) struct FindingGroup {
    pub heading: &'static str,
    pub findings: Vec<FindingView>,
}

#[derive(Serialize)]
pub(crate) struct FindingView {
    /// Where a page is of several accounts.
    pub account: Option<String>,
    pub claim: String,
    pub details: String,
    pub href: String,
    /// The name of the section.
    pub place: String,
}

/// Where the sections of a page stand.
pub(crate) struct Places<'a> {
    /// The prefix of an account's part, where it has one.
    pub prefix_of: &'a dyn Fn(&str) -> Option<String>,
    pub names_accounts: bool,
}

impl Places<'_> {
    /// Anchor and name of the place that shows a section.
    fn of(&self, report: &Report, account: &str, section: &str) -> (String, String) {
        let Some(prefix) = (self.prefix_of)(account) else {
            let is_of_head = ["overview", "comparison"].contains(&section);
            return if is_of_head {
                ("accounts".to_owned(), "Accounts".to_owned())
            } else {
                in_appendix(report, section)
            };
        };
        let (id, name) = match section {
            "overview" | "comparison" => ("figures", "Figures"),
            "outliers" if rows_of(report, "top_reels", account).is_empty() => ("figures", "Figures"),
            "outliers" => ("reels", "Reels"),
            "best_times" => ("times", "Best times"),
            "monthly_trend" => ("trend", "Trend"),
            "durations" | "hashtags" | "captions" | "audio" | "collabs" | "paid" => ("drivers", "What goes with views"),
            _ => return in_appendix(report, section),
        };
        (format!("{prefix}{id}"), name.to_owned())
    }

    fn view(&self, report: &Report, finding: &Finding) -> FindingView {
        let (id, place) = self.of(report, &finding.account, finding.section);
        FindingView {
            account: self.names_accounts.then(|| display_text(&finding.account)),
            claim: finding.claim.clone(),
            details: finding.details.clone(),
            href: format!("#{id}"),
            place,
        }
    }
}

fn in_appendix(report: &Report, section: &str) -> (String, String) {
    let found = report.section(section).filter(|section| !section.rests_on_few());
    let title = found.map_or("Appendix".to_owned(), |section| display_text(&section.title));
    (found.map_or("appendix".to_owned(), crate::report::render::view::section_id), title)
}

/// The strongest findings in the order of a page: what changed, what worked, what is worth trying; at most five, of which
/// at least one of each if there is one.
pub(crate) fn strongest(findings: &[Finding], is_of: impl Fn(&Finding) -> bool) -> Vec<&Finding> {
    const TOPICS: [Topic; 3] = [Topic::Change, Topic::Worked, Topic::Try];
    let mut of_topic = TOPICS.map(|topic| {
        let mut found: Vec<&Finding> =
            findings.iter().filter(|finding| finding.topic == topic && is_of(finding)).collect();
        found.sort_by(|a, b| b.strength.total_cmp(&a.strength));
        found
    });
    // Two of the period before the next of each.
    let rounds = [0, 1, 2, 0, 1, 2, 0, 1, 0, 1, 2];
    let mut taken = [0; 3];
    for topic in rounds {
        let is_full = taken.iter().sum::<usize>() >= SHOWN;
        if !is_full && taken[topic] < of_topic[topic].len() {
            taken[topic] += 1;
        }
    }
    let kept = of_topic.iter_mut().zip(taken).flat_map(|(found, taken)| found.drain(..taken));
    kept.collect()
}

/// What the first screen shows. A page of several accounts lists the silent ones elsewhere.
fn shown<'a>(report: &'a Report, is_of: impl Fn(&str) -> bool, places: &Places) -> Vec<&'a Finding> {
    let is_shown = |finding: &Finding| is_of(&finding.account) && !(places.names_accounts && finding.kind == "silence");
    strongest(&report.findings, is_shown)
}

pub(crate) fn groups(report: &Report, is_of: impl Fn(&str) -> bool, places: &Places) -> Vec<FindingGroup> {
    let headings = [
        (
            Topic::Change,
            if report.period.before_first.is_some() { "Against the period before" } else { "In this period" },
        ),
        (Topic::Worked, "What worked"),
        (Topic::Try, "Worth trying"),
    ];
    let strongest = shown(report, is_of, places);
    let group = |(topic, heading)| {
        let of_topic = strongest.iter().filter(|finding| finding.topic == topic);
        let findings: Vec<FindingView> = of_topic.map(|finding| places.view(report, finding)).collect();
        (!findings.is_empty()).then_some(FindingGroup { heading, findings })
    };
    headings.into_iter().filter_map(group).collect()
}

/// Findings beyond those of the first screen, strongest first.
pub(crate) fn standing(report: &Report, is_of: impl Fn(&str) -> bool, places: &Places) -> Vec<FindingView> {
    let above: Vec<&Finding> = shown(report, &is_of, places);
    let is_above = |finding: &Finding| above.iter().any(|other| std::ptr::eq(*other, finding));
    let mut rest: Vec<&Finding> =
        report.findings.iter().filter(|finding| is_of(&finding.account) && !is_above(finding)).collect();
    rest.retain(|finding| !(places.names_accounts && finding.kind == "silence"));
    rest.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    rest.into_iter().take(STANDING).map(|finding| places.view(report, finding)).collect()
}
