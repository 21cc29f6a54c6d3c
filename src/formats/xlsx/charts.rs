//! Charts that Excel itself draws from the cells of a sheet.

use rust_xlsxwriter::{
    Chart, ChartAxis, ChartAxisCrossing, ChartAxisDateUnitType, ChartFont, ChartFormat, ChartLegendPosition, ChartLine,
    ChartMarker, ChartMarkerType, ChartSolidFill, ChartType, Color,
};

use crate::formats::xlsx::report::{ChartKind, ReportChart, ReportTable};

const WIDTH: u32 = 680;
const HEIGHT: u32 = 360;
const LOWEST: u32 = 240;
/// Of a bar with its share of the gaps, and of all around the bars.
const BAR: u32 = 26;
const AROUND_BARS: u32 = 130;

const LINES: Color = Color::RGB(0x00D1_D5DB);
const INK: Color = Color::RGB(0x001F_2937);
/// Colours that everyone can distinguish.
const SERIES: [Color; 6] = [
    Color::RGB(0x001D_4ED8),
    Color::RGB(0x00EA_580C),
    Color::RGB(0x0004_7857),
    Color::RGB(0x009D_174D),
    Color::RGB(0x0064_748B),
    Color::RGB(0x00CA_8A04),
];

/// A chart of a table whose headings are in row `top` of the sheet.
pub(crate) fn chart(sheet: &str, (top, table): (u32, &ReportTable), plan: &ReportChart) -> Chart {
    let mut chart = Chart::new(match plan.kind {
        ChartKind::Bars => ChartType::Bar,
        ChartKind::Columns => ChartType::Column,
        ChartKind::Lines => ChartType::Line,
    });
    let rows = u32::try_from(plan.rows).unwrap_or(u32::MAX);
    let last = top.saturating_add(rows);
    for (at, color) in plan.values.iter().zip(SERIES.iter().cycle()) {
        let (category, value) = (column(plan.category), column(*at));
        let series = chart.add_series();
        // Ranges, so that no text of the data can be taken for a formula.
        series.set_categories((sheet, top + 1, category, last, category));
        series.set_values((sheet, top + 1, value, last, value)).set_name((sheet, top, value));
        let mut format = ChartFormat::new();
        format.set_solid_fill(ChartSolidFill::new().set_color(*color));
        if plan.kind == ChartKind::Lines {
            let mut dot = ChartMarker::new();
            dot.set_type(ChartMarkerType::Circle).set_size(5).set_format(&mut format);
            let line = ChartLine::new().set_color(*color).set_width(2).clone();
            series.set_format(ChartFormat::new().set_line(&line)).set_marker(&dot);
        } else {
            series.set_format(&mut format).set_gap(60);
        }
    }
    set_words(&mut chart, plan);
    set_axes(&mut chart, plan);
    if !has_losses(table, plan) {
        value_axis(&mut chart, plan).set_min(0);
    }
    let height = if plan.kind == ChartKind::Bars { rows.saturating_mul(BAR) + AROUND_BARS } else { HEIGHT };
    chart.set_width(WIDTH).set_height(height.max(LOWEST));
    chart
}

/// Views gained are below zero where Instagram corrected counts.
fn has_losses(table: &ReportTable, plan: &ReportChart) -> bool {
    let cells = table.rows.iter().take(plan.rows).flat_map(|row| plan.values.iter().filter_map(|at| row.get(*at)));
    cells.filter_map(|cell| cell.value.as_number()).any(|number| number < 0.0)
}

/// Title and legend.
fn set_words(chart: &mut Chart, plan: &ReportChart) {
    let title = ChartFont::new().set_size(12).set_bold().set_color(INK).clone();
    chart.title().set_name(plan.title.as_str()).set_font(&title);
    chart.set_alt_text(plan.title.as_str());
    match plan.values.len() {
        0 | 1 => chart.legend().set_hidden(),
        _ => chart.legend().set_position(ChartLegendPosition::Bottom).set_font(&small()),
    };
}

fn set_axes(chart: &mut Chart, plan: &ReportChart) {
    let grid = ChartLine::new().set_color(LINES).clone();
    let values = value_axis(chart, plan);
    values.set_name(plan.value_title.as_str()).set_name_font(&small()).set_font(&small());
    values.set_num_format("#,##0").set_major_gridlines(true).set_major_gridlines_line(&grid);
    // The library calls the axis along the bottom x, whatever is along it.
    let categories = if plan.kind == ChartKind::Bars { chart.y_axis() } else { chart.x_axis() };
    categories.set_name(plan.category_title.as_str()).set_name_font(&small()).set_font(&small());
    categories.set_major_gridlines(false);
    match plan.kind {
        ChartKind::Bars => {
            // With the values still along the bottom.
            categories.set_reverse().set_crossing(ChartAxisCrossing::Max);
        }
        ChartKind::Columns => {}
        ChartKind::Lines => {
            categories.set_date_axis(true).set_num_format("mmm yyyy");
            categories.set_major_unit(1).set_major_unit_date_type(ChartAxisDateUnitType::Months);
        }
    }
}

fn value_axis<'c>(chart: &'c mut Chart, plan: &ReportChart) -> &'c mut ChartAxis {
    if plan.kind == ChartKind::Bars { chart.x_axis() } else { chart.y_axis() }
}

fn small() -> ChartFont {
    ChartFont::new().set_size(9).set_color(INK).clone()
}

fn column(at: usize) -> u16 {
    u16::try_from(at).expect("a table has a hundred columns")
}
