//! Learning curves: the values of training logs over their steps, as a page of SVG.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use kinora_wire::Failure;

use super::files::{placed, unwritable};

/// Plots side by side, and the size of each with its title and its numbers, in pixels.
const COLUMNS: usize = 3;
const PLOT: [f64; 2] = [300.0, 170.0];
/// The room around the lines of a plot: left, right, above, below.
const ROOM: [f64; 4] = [52.0, 12.0, 30.0, 26.0];
/// The bold line is the median of so many lines of the log before and after.
const AROUND: usize = 6;

/// The values of one name in a log.
#[derive(Clone, Debug, PartialEq)]
struct Curve {
    /// The log's name and the value's.
    name: String,
    /// Step and value.
    points: Vec<[f64; 2]>,
}

/// Plots all values of some logs but their times.
pub fn write(logs: &[PathBuf], path: &Path) -> Result<(), Failure> {
    let mut curves = Vec::new();
    for log in logs {
        let text = std::fs::read_to_string(log).map_err(|error| {
            Failure::bad_file(
                format!("{} cannot be read: {error}", log.display()),
                "train first",
            )
        })?;
        let name = log.file_stem().unwrap_or_default().to_string_lossy();
        curves.extend(read(&name, &text));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error.to_string()))?;
    }
    placed(path, |beside| {
        std::fs::write(beside, page(&curves)).map_err(|error| error.to_string())
    })
}

/// The curves of a log, in its order.
fn read(log: &str, text: &str) -> Vec<Curve> {
    let mut curves: Vec<Curve> = Vec::new();
    for line in text.lines() {
        let mut numbers = line.split(',').filter_map(|pair| {
            let (name, number) = pair.split_once('=')?;
            Some((
                name,
                number.parse::<f64>().ok().filter(|one| one.is_finite())?,
            ))
        });
        let Some((_, step)) = numbers.next() else {
            continue;
        };
        for (value, number) in numbers.filter(|(name, _)| *name != "seconds") {
            let name = format!("{log}: {value}");
            let known = curves.iter().position(|curve| curve.name == name);
            let at = known.unwrap_or(curves.len());
            if known.is_none() {
                let points = Vec::new();
                curves.push(Curve { name, points });
            }
            let points = &mut curves[at].points;
            // A run that was killed continued from its last checkpoint.
            points.retain(|point| point[0] < step);
            points.push([step, number]);
        }
    }
    curves
}

fn page(curves: &[Curve]) -> String {
    let rows = curves.len().div_ceil(COLUMNS);
    let columns = curves.len().min(COLUMNS);
    let [width, height] = [columns as f64 * PLOT[0], rows as f64 * PLOT[1]];
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
         {height}\" font-family=\"Inter, Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#222\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (at, curve) in curves.iter().enumerate() {
        let left = (at % COLUMNS) as f64 * PLOT[0];
        let top = (at / COLUMNS) as f64 * PLOT[1];
        let _ = writeln!(
            svg,
            "<g transform=\"translate({left} {top})\">{}</g>",
            plot(curve)
        );
    }
    svg + "</svg>\n"
}

/// One plot, with its corner at 0, 0. The value axis begins at zero.
fn plot(curve: &Curve) -> String {
    let most = |axis: usize| {
        curve
            .points
            .iter()
            .map(|point| point[axis])
            .fold(1e-12, f64::max)
    };
    let (last, top) = (most(0), most(1) * 1.02);
    let [left, right, above, below] = ROOM;
    let [width, height] = [PLOT[0] - left - right, PLOT[1] - above - below];
    let place = |[step, value]: [f64; 2]| {
        [
            left + step / last * width,
            above + (1.0 - value.max(0.0) / top) * height,
        ]
    };
    let line = |points: &[[f64; 2]], look: &str| {
        let places = points.iter().map(|point| {
            let [x, y] = place(*point);
            format!("{x:.1},{y:.1}")
        });
        let places: Vec<String> = places.collect();
        format!(
            "<polyline points=\"{}\" fill=\"none\" {look}/>\n",
            places.join(" ")
        )
    };
    let (end, bottom) = (left + width, above + height);
    let mut svg = format!(
        "<text x=\"{left}\" y=\"18\" font-weight=\"600\">{}</text>\n",
        curve.name
    );
    for share in [0.0, 0.5, 1.0] {
        let (y, value) = (above + (1.0 - share) * height, number(share * top));
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {y}H{end}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{}\" \
             text-anchor=\"end\">{value}</text>",
            left - 6.0,
            y + 4.0,
        );
        let x = left + share * width;
        let anchor = ["start", "middle", "end"][(share * 2.0) as usize];
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\">{:.0}</text>",
            bottom + 16.0,
            share * last
        );
    }
    svg += &line(&curve.points, "stroke=\"#0072b2\" stroke-opacity=\"0.3\"");
    svg + &line(
        &smoothed(&curve.points),
        "stroke=\"#0072b2\" stroke-width=\"2\"",
    )
}

/// Each point with the median of the values around.
fn smoothed(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let each = points.iter().enumerate().map(|(at, [step, _])| {
        let around = at.saturating_sub(AROUND)..(at + AROUND + 1).min(points.len());
        let mut values: Vec<f64> = points[around].iter().map(|point| point[1]).collect();
        values.sort_by(f64::total_cmp);
        [*step, values[values.len() / 2]]
    });
    each.collect()
}

/// With three digits that count.
fn number(value: f64) -> String {
    let digits = match value {
        0.0 | 10.0.. => 0,
        1.0..10.0 => 1,
        0.1..1.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "step=1,seconds=4,error=0.5,names=2.0\n\
                       step=2,seconds=8,error=0.4,names=nan\n\
                       broken line\n\
                       step=3,seconds=12,error=0.3\n\
                       step=2,seconds=5,error=0.2,names=1.0\n";

    #[test]
    fn a_log_is_read_with_the_steps_of_a_continued_run_once() {
        let curves = read("dit", LOG);
        let names: Vec<&str> = curves.iter().map(|curve| curve.name.as_str()).collect();
        assert_eq!(names, ["dit: error", "dit: names"]);
        assert_eq!(curves[0].points, [[1.0, 0.5], [2.0, 0.2]]);
        assert_eq!(curves[1].points, [[1.0, 2.0], [2.0, 1.0]]);
    }

    #[test]
    fn a_page_shows_every_curve_with_its_numbers() {
        let folder = tempfile::tempdir().expect("a folder");
        let (log, path) = (
            folder.path().join("dit.log"),
            folder.path().join("measures/curves.svg"),
        );
        std::fs::write(&log, LOG).expect("written");
        write(std::slice::from_ref(&log), &path).expect("drawn");
        let svg = std::fs::read_to_string(&path).expect("a page");
        assert!(
            svg.contains(">dit: error<") && svg.contains(">dit: names<"),
            "{svg}"
        );
        assert_eq!(svg.matches("<polyline").count(), 4);
        assert!(svg.contains(">0.51<") && svg.contains(">2.0<") && !svg.contains("0.000"));
        let missing = write(&[folder.path().join("none.log")], &path).expect_err("missing");
        assert!(missing.to_string().contains("none.log"), "{missing}");
    }

    #[test]
    fn one_peak_does_not_bend_the_bold_line() {
        let mut points: Vec<[f64; 2]> = (0..20).map(|step| [f64::from(step), 1.0]).collect();
        points[9][1] = 50.0;
        assert!(
            smoothed(&points)
                .iter()
                .all(|point| (point[1] - 1.0).abs() < 1e-9)
        );
    }
}
