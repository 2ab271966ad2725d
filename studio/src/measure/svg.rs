//! Line plots over the frames of a clip as a page of SVG, for the screen and for print: black text on white, each line with a
//! dash pattern of its own beside its colour. Sizes are in millimetres.

use std::fmt::Write as _;

/// The width of a page: A4.
const PAGE_WIDTH: f64 = 210.0;
const MARGIN: f64 = 12.0;
/// The heights of the page's title, of a row's title, and of its plots.
const TITLE_HEIGHT: f64 = 12.0;
const ROW_TITLE_HEIGHT: f64 = 8.0;
const PLOT_HEIGHT: f64 = 62.0;
/// Between two plots of a row.
const GAP: f64 = 8.0;
/// The room around the axes of a plot: left, right, above, below.
const ROOM: [f64; 4] = [13.0, 2.0, 14.0, 11.0];
/// 3 mm are 8.5 points.
const TEXT: f64 = 3.0;
const ROW_TEXT: f64 = 3.8;
const TITLE_TEXT: f64 = 5.0;
/// The length of a line in a legend, and the width of a letter on average.
const SAMPLE: f64 = 7.0;
const LETTER: f64 = 1.7;
/// About so many steps along an axis.
const STEPS: f64 = 5.0;

/// Colours that people who are colour-blind tell apart (Okabe and Ito, 2008), darkest first, with dash patterns that tell the
/// lines apart without colours.
const LOOKS: [(&str, &str); 6] = [
    ("#0072b2", ""),
    ("#d55e00", "2 1"),
    ("#009e73", "0.6 0.8"),
    ("#cc79a7", "3 0.8 0.6 0.8"),
    ("#56b4e9", "4 1"),
    ("#e69f00", "1 1"),
];

/// Values over the frames of a clip, counted from 0. A frame without a value leaves a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// One per frame.
    pub values: Vec<Option<f64>>,
}

/// A plot over frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// What the values are, with their unit.
    pub unit: String,
    /// The lines.
    pub series: Vec<Series>,
    /// A value beyond which something counts, and its words.
    pub limit: Option<(f64, String)>,
    /// What has no line, and why.
    pub notes: Vec<String>,
}

/// A row of a page: its title, and two plots.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotRow {
    /// The title.
    pub title: String,
    /// From left to right.
    pub plots: [Plot; 2],
}

/// A page with rows of plots, as the text of an SVG file.
pub fn page(title: &str, rows: &[PlotRow]) -> String {
    let row_height = ROW_TITLE_HEIGHT + PLOT_HEIGHT;
    let height = 2.0 * MARGIN + TITLE_HEIGHT + row_height * rows.len() as f64;
    let mut svg = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{PAGE_WIDTH}mm\" height=\"{height}mm\" \
         viewBox=\"0 0 {PAGE_WIDTH} {height}\" font-family=\"Inter, Helvetica, Arial, sans-serif\" \
         font-size=\"{TEXT}\" fill=\"#000\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let top = MARGIN + TITLE_TEXT;
    text(&mut svg, [MARGIN, top], &bold(TITLE_TEXT), title);
    let width = (PAGE_WIDTH - 2.0 * MARGIN - GAP) / 2.0;
    for (number, row) in rows.iter().enumerate() {
        let top = MARGIN + TITLE_HEIGHT + row_height * number as f64;
        let line = top + ROW_TITLE_HEIGHT - 2.5;
        text(&mut svg, [MARGIN, line], &bold(ROW_TEXT), &row.title);
        for (column, plot) in row.plots.iter().enumerate() {
            let left = MARGIN + (width + GAP) * column as f64;
            plot_in(&mut svg, [left, top + ROW_TITLE_HEIGHT], width, plot);
        }
    }
    svg += "</svg>\n";
    svg
}

/// Where the values of a plot lie on the page.
struct Axes {
    left: f64,
    right: f64,
    above: f64,
    below: f64,
    last_frame: f64,
    top_value: f64,
}

impl Axes {
    fn of(plot: &Plot, [left, top]: [f64; 2], width: f64) -> Self {
        let lengths = plot.series.iter().map(|series| series.values.len());
        let last_frame = lengths.max().unwrap_or(0).saturating_sub(1).max(1);
        let values = plot.series.iter().flat_map(|series| &series.values);
        let values = values.flatten().copied().filter(|value| value.is_finite());
        let limit = plot.limit.as_ref().map(|(limit, _)| *limit);
        let largest = values.chain(limit).fold(0.0, f64::max);
        Self {
            left: left + ROOM[0],
            right: left + width - ROOM[1],
            above: top + ROOM[2],
            below: top + PLOT_HEIGHT - ROOM[3],
            last_frame: last_frame as f64,
            top_value: match largest > 0.0 {
                true => (largest / step(largest)).ceil() * step(largest),
                false => 1.0,
            },
        }
    }

    fn across(&self, frame: f64) -> f64 {
        self.left + (self.right - self.left) * frame / self.last_frame
    }

    fn up(&self, value: f64) -> f64 {
        self.below - (self.below - self.above) * value / self.top_value
    }
}

/// A step of 1, 2 or 5 times a power of ten, of which about five make this length.
fn step(length: f64) -> f64 {
    let rough = (length / STEPS).max(f64::MIN_POSITIVE);
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|part| part * power);
    let fits = steps.into_iter().find(|step| *step >= rough * 0.999);
    fits.unwrap_or(10.0 * power)
}

/// The multiples of a step from 0 to the end.
fn ticks(end: f64, step: f64) -> impl Iterator<Item = f64> {
    let count = (end / step + 1e-6).floor().clamp(0.0, 100.0) as u32;
    (0..=count).map(move |number| f64::from(number) * step)
}

fn plot_in(svg: &mut String, [left, top]: [f64; 2], width: f64, plot: &Plot) {
    let axes = Axes::of(plot, [left, top], width);
    *svg += "<g>\n";
    text(svg, [left, top + TEXT], &bold(TEXT), &plot.title);
    legend(svg, [left, top + 3.0 * TEXT], plot);
    grid(svg, &axes);
    let middle = f64::midpoint(axes.above, axes.below);
    let turned = format!("text-anchor=\"middle\" transform=\"rotate(-90 {left:.2} {middle:.2})\"");
    text(svg, [left, middle + TEXT], &turned, &plot.unit);
    let centre = f64::midpoint(axes.left, axes.right);
    let under = axes.below + 3.0 * TEXT;
    text(svg, [centre, under], "text-anchor=\"middle\"", "frame");
    if let Some((limit, words)) = &plot.limit {
        let up = axes.up(*limit);
        let look = "stroke=\"#000\" stroke-width=\"0.25\" stroke-dasharray=\"1.2 1.2\"";
        line(svg, [axes.left, up], [axes.right, up], look);
        text(svg, [axes.right, up - 0.8], "text-anchor=\"end\"", words);
    }
    for (series, look) in plot.series.iter().zip(LOOKS.iter().cycle()) {
        curve(svg, &axes, series, *look);
    }
    for (number, note) in plot.notes.iter().enumerate() {
        let down = axes.above + TEXT * (1.5 + 1.4 * number as f64);
        text(svg, [axes.left + 2.0, down], "", note);
    }
    *svg += "</g>\n";
}

/// Both axes with their numbers, and light lines across.
fn grid(svg: &mut String, axes: &Axes) {
    let light = "stroke=\"#ccc\" stroke-width=\"0.15\"";
    let dark = "stroke=\"#000\" stroke-width=\"0.25\"";
    let up_step = step(axes.top_value);
    for value in ticks(axes.top_value, up_step) {
        let up = axes.up(value);
        line(svg, [axes.left, up], [axes.right, up], light);
        let at = [axes.left - 1.2, up + TEXT * 0.35];
        text(svg, at, "text-anchor=\"end\"", &number(value, up_step));
    }
    let frame_step = step(axes.last_frame).max(1.0);
    for frame in ticks(axes.last_frame, frame_step) {
        let across = axes.across(frame);
        line(svg, [across, axes.below], [across, axes.below + 1.0], dark);
        let at = [across, axes.below + 1.5 * TEXT];
        text(
            svg,
            at,
            "text-anchor=\"middle\"",
            &number(frame, frame_step),
        );
    }
    line(svg, [axes.left, axes.above], [axes.left, axes.below], dark);
    line(svg, [axes.left, axes.below], [axes.right, axes.below], dark);
}

/// A number with the decimals that its step needs.
fn number(value: f64, step: f64) -> String {
    let decimals = (-step.log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{value:.decimals$}")
}

/// The names of the lines beside samples of them.
fn legend(svg: &mut String, [left, down]: [f64; 2], plot: &Plot) {
    let mut left = left;
    for (series, look) in plot.series.iter().zip(LOOKS.iter().cycle()) {
        let up = down - TEXT * 0.35;
        line(svg, [left, up], [left + SAMPLE, up], &stroke(*look));
        text(svg, [left + SAMPLE + 1.0, down], "", &series.name);
        left += SAMPLE + 4.0 + LETTER * series.name.chars().count() as f64;
    }
}

/// A line through the values: one for each run of frames that have some, a point for a run of one.
fn curve(svg: &mut String, axes: &Axes, series: &Series, look: (&str, &str)) {
    let place = |(frame, value): (usize, Option<f64>)| {
        let value = value.filter(|value| value.is_finite())?;
        Some([axes.across(frame as f64), axes.up(value)])
    };
    let places = series.values.iter().copied().enumerate().map(place);
    let places: Vec<Option<[f64; 2]>> = places.collect();
    for run in places.split(Option::is_none) {
        let run: Vec<[f64; 2]> = run.iter().flatten().copied().collect();
        match run[..] {
            [] => {}
            [[across, up]] => {
                let colour = look.0;
                writeln!(
                    svg,
                    "<circle cx=\"{across:.2}\" cy=\"{up:.2}\" r=\"0.6\" fill=\"{colour}\"/>"
                )
                .ok();
            }
            _ => {
                let points = run
                    .iter()
                    .map(|[across, up]| format!("{across:.2},{up:.2}"));
                let points = points.collect::<Vec<_>>().join(" ");
                let stroke = stroke(look);
                writeln!(
                    svg,
                    "<polyline points=\"{points}\" fill=\"none\" {stroke}/>"
                )
                .ok();
            }
        }
    }
}

fn stroke((colour, dashes): (&str, &str)) -> String {
    let dashes = match dashes.is_empty() {
        true => String::new(),
        false => format!(" stroke-dasharray=\"{dashes}\""),
    };
    format!("stroke=\"{colour}\" stroke-width=\"0.5\" stroke-linejoin=\"round\"{dashes}")
}

fn bold(size: f64) -> String {
    format!("font-size=\"{size}\" font-weight=\"bold\"")
}

fn line(svg: &mut String, from: [f64; 2], to: [f64; 2], look: &str) {
    let ([x1, y1], [x2, y2]) = (from, to);
    writeln!(
        svg,
        "<line x1=\"{x1:.2}\" y1=\"{y1:.2}\" x2=\"{x2:.2}\" y2=\"{y2:.2}\" {look}/>"
    )
    .ok();
}

fn text(svg: &mut String, [x, y]: [f64; 2], look: &str, words: &str) {
    let words = escaped(words);
    writeln!(svg, "<text x=\"{x:.2}\" y=\"{y:.2}\" {look}>{words}</text>").ok();
}

/// Text as XML has it. Control characters, which XML cannot have, are left out.
fn escaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for letter in words.chars().filter(|letter| !letter.is_control()) {
        match letter {
            '&' => text += "&amp;",
            '<' => text += "&lt;",
            '>' => text += "&gt;",
            '"' => text += "&quot;",
            // No characters of XML.
            '\u{fffe}' | '\u{ffff}' => {}
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Whether every tag of a document is closed in its order, and every attribute quoted.
    pub fn is_well_formed(document: &str) -> bool {
        let mut open: Vec<&str> = Vec::new();
        for part in document.split('<').skip(1) {
            let Some((tag, rest)) = part.split_once('>') else {
                return false;
            };
            if rest.contains('>') || tag.matches('"').count() % 2 == 1 {
                return false;
            }
            let name = tag.split([' ', '/']).next().unwrap_or_default();
            match tag.strip_prefix('/') {
                Some(closed) if open.pop() != Some(closed) => return false,
                Some(_) => {}
                None if tag.starts_with('?') || tag.ends_with('/') => {}
                None => open.push(name),
            }
        }
        open.is_empty()
    }

    fn row(values: Vec<Option<f64>>) -> PlotRow {
        let plot = |name: &str| Plot {
            title: "Camera".into(),
            unit: "degrees".into(),
            series: vec![Series {
                name: name.into(),
                values: values.clone(),
            }],
            limit: Some((12.0, "limit".into())),
            notes: Vec::new(),
        };
        PlotRow {
            title: "<Dusk> & \"dawn\"\u{7}".into(),
            plots: [plot("one"), plot("two")],
        }
    }

    #[test]
    fn a_page_is_xml_with_one_line_for_each_series_whatever_shots_are_called() {
        let rows = [
            row(vec![Some(0.0), Some(1.0), Some(4.0)]),
            row(vec![Some(2.0), Some(3.0)]),
        ];
        let svg = page("A film", &rows);
        assert!(is_well_formed(&svg), "{svg}");
        assert_eq!(svg.matches("<polyline").count(), 4);
        assert!(svg.contains("&lt;Dusk&gt; &amp; &quot;dawn&quot;</text>"));
        for words in ["A film", "frame", "degrees", "limit"] {
            assert!(svg.contains(words), "{words}");
        }
        assert!(is_well_formed(&page("nothing", &[])));
        assert!(!is_well_formed("<a><b></a>"));
    }

    #[test]
    fn a_frame_without_a_value_leaves_a_gap_and_one_alone_is_a_point() {
        let values = [Some(1.0), Some(2.0), None, Some(3.0), None, Some(f64::NAN)];
        let mut gaps = row(values.to_vec());
        gaps.plots[1].series.clear();
        let svg = page("A film", &[gaps]);
        assert_eq!(svg.matches("<polyline").count(), 1);
        assert_eq!(svg.matches("<circle").count(), 1);
        assert!(is_well_formed(&svg) && !svg.contains("NaN"));
    }

    #[test]
    fn axes_have_steps_of_one_two_or_five() {
        for (length, expected) in [
            (1.0, 0.2),
            (12.0, 5.0),
            (80.0, 20.0),
            (0.03, 0.01),
            (5.0, 1.0),
        ] {
            let is = step(length);
            assert!((is - expected).abs() < 1e-9, "{length}: {is}");
        }
        assert_eq!(ticks(12.0, 5.0).count(), 3);
        assert_eq!(number(0.2, 0.2), "0.2");
        assert_eq!(number(20.0, 20.0), "20");
    }
}
