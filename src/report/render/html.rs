//! A report as one HTML file. The template escapes every value; its style is inline and it has no script.

use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use crate::report::render::view::View;

const TEMPLATE: &str = include_str!("report.html.j2");

pub(crate) fn render(view: &View) -> String {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.render_str(TEMPLATE, view).expect("the tests render every branch of the template")
}
