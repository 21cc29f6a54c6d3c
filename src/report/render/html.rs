//! A report as one HTML file. The template escapes every value; its style is inline and it has no script.

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use crate::report::build::Report;
use crate::report::render::page::{Appendix, PageView, links::Links};

const TEMPLATES: [(&str, &str); 5] = [
    ("page.html.j2", include_str!("html/page.html.j2")),
    ("style.css", include_str!("html/style.css")),
    ("head.html.j2", include_str!("html/head.html.j2")),
    ("block.html.j2", include_str!("html/block.html.j2")),
    ("section.html.j2", include_str!("html/section.html.j2")),
];

/// What the templates see: the members of the page, and `appendix`.
#[derive(Serialize)]
struct HtmlView {
    #[serde(flatten)]
    page: PageView,
    appendix: Appendix,
}

/// `links` are the pages of single accounts, where there are some.
pub(crate) fn render(report: &Report, links: Links) -> String {
    let view = HtmlView { page: PageView::of(report, links), appendix: Appendix::of(report) };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).expect("the tests parse every template");
    }
    let page = environment.get_template("page.html.j2").expect("it is in the list");
    page.render(&view).expect("the tests render every branch of the templates")
}
