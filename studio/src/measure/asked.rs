//! What was asked of a camera and what the clip does, in a line for each axis: "Pan: asked 30° right, got 22°".

use kinora_measure::{Axes, CameraReport};

/// Angles below this are no motion, in degrees.
const LEAST_DEGREES: f64 = 0.05;
/// Travel below this is no motion, in metres.
const LEAST_METRES: f64 = 0.005;

/// What nobody asked for is no motion below this: in degrees, and in travel as a share of the asked one. It is what the solver
/// itself is off by on clips with known cameras (`docs/measures.md`).
const LEAST_UNASKED_DEGREES: f64 = 0.3;
const LEAST_UNASKED_SHARE: f64 = 0.03;

/// An axis: its name, the words of its positive and its negative direction, and whether it turns.
struct Axis {
    name: &'static str,
    towards: [&'static str; 2],
    turns: bool,
    of: fn(&Axes) -> f64,
}

#[rustfmt::skip] // a table
const AXES: [Axis; 6] = [
    Axis { name: "Pan", towards: ["right", "left"], turns: true, of: |axes| axes.yaw },
    Axis { name: "Tilt", towards: ["up", "down"], turns: true, of: |axes| axes.pitch },
    Axis { name: "Roll", towards: ["clockwise", "counter-clockwise"], turns: true, of: |axes| axes.roll },
    Axis { name: "Truck", towards: ["right", "left"], turns: false, of: |axes| axes.right },
    Axis { name: "Pedestal", towards: ["down", "up"], turns: false, of: |axes| axes.down },
    Axis { name: "Dolly", towards: ["forward", "back"], turns: false, of: |axes| axes.forward },
];

/// The axes along which something was asked or happens. Travel is left out if the clip shows none; its scale is the one that
/// fits the drawn path best. Empty if the clip is not measurable, or rests as asked.
pub fn asked_and_achieved(report: &CameraReport) -> Vec<String> {
    let Some(achieved) = &report.achieved else {
        return Vec::new();
    };
    let axes = AXES.iter().filter(|axis| axis.turns || report.travel_seen);
    let Axes {
        right,
        down,
        forward,
        ..
    } = report.asked;
    let travel = right.hypot(down).hypot(forward);
    axes.filter_map(|axis| line(axis, (axis.of)(&report.asked), (axis.of)(achieved), travel))
        .collect()
}

/// The line of an axis, for a path of which so many metres of travel were asked.
fn line(axis: &Axis, asked: f64, got: f64, travel: f64) -> Option<String> {
    let [least, unasked] = match axis.turns {
        true => [LEAST_DEGREES, LEAST_UNASKED_DEGREES],
        false => [LEAST_METRES, LEAST_UNASKED_SHARE * travel],
    };
    let asks = asked.abs() >= least;
    let moves = got.abs() >= if asks { least } else { unasked.max(least) };
    let towards = |by: f64| axis.towards[usize::from(by < 0.0)];
    let amount = |by: f64| match axis.turns {
        true => format!("{}°", rounded(by.abs(), 10.0)),
        false => format!("{} m", rounded(by.abs(), 100.0)),
    };
    let words = match (asks, moves) {
        (false, false) => return None,
        (true, false) => format!("asked {} {}, got none", amount(asked), towards(asked)),
        (false, true) => format!("asked none, got {} {}", amount(got), towards(got)),
        // The direction is reported again only if it is another one.
        (true, true) if towards(asked) == towards(got) => {
            format!(
                "asked {} {}, got {}",
                amount(asked),
                towards(asked),
                amount(got)
            )
        }
        (true, true) => format!(
            "asked {} {}, got {} {}",
            amount(asked),
            towards(asked),
            amount(got),
            towards(got)
        ),
    };
    Some(format!("{}: {words}", axis.name))
}

/// A number in whole parts of a `parts`-th.
fn rounded(by: f64, parts: f64) -> f64 {
    (by * parts).round() / parts
}

#[cfg(test)]
mod tests {
    use kinora_measure::{DrawnPath, Limits, measure_camera};

    use super::*;

    fn lines(asked: Axes, achieved: Option<Axes>, travel_seen: bool) -> Vec<String> {
        let refused = measure_camera(&[], None, &DrawnPath::default(), &Limits::default());
        asked_and_achieved(&CameraReport {
            asked,
            achieved,
            travel_seen,
            ..refused
        })
    }

    #[test]
    fn each_axis_along_which_something_happens_has_a_line() {
        let asked = Axes {
            yaw: 30.0,
            pitch: -4.0,
            forward: 1.0,
            ..Axes::default()
        };
        let got = Axes {
            yaw: 22.04,
            pitch: 1.26,
            roll: -0.5,
            right: 0.02,
            forward: 0.954,
            ..Axes::default()
        };
        let turns = [
            "Pan: asked 30° right, got 22°",
            "Tilt: asked 4° down, got 1.3° up",
            "Roll: asked none, got 0.5° counter-clockwise",
        ];
        assert_eq!(lines(asked, Some(got), false), turns);
        let all = lines(asked, Some(got), true);
        assert_eq!(all[..3], turns);
        assert_eq!(all[3..], ["Dolly: asked 1 m forward, got 0.95 m"]);
        let still = Axes::default();
        let all = lines(asked, Some(still), false);
        assert_eq!(all[0], "Pan: asked 30° right, got none");
        assert!(lines(still, Some(still), false).is_empty());
        assert!(lines(asked, None, false).is_empty(), "not measurable");
    }
}
