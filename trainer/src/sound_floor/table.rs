//! The table of docs/starter.md on sound: figures of true clips, and of those of the network, beside the bars.

use std::fmt;

use serde::Serialize;

use crate::sound::figures::{Distances, Figures, Heard, Probes};

/// The bars, fixed before training.
const MOST_MEDIAN_SECONDS: f32 = 0.06;
const LEAST_OTHERS_SECONDS: f32 = 0.15;
const LEAST_NAMED: f32 = 0.8;

/// All that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// How long it took.
    pub seconds: f64,
    /// Of the world's own sounds: what the measures can show at best.
    pub true_figures: Figures,
    /// Of the network's sounds.
    pub made_figures: Option<Figures>,
    /// The world's clips.
    pub true_clips: Vec<Heard>,
    /// The network's.
    pub made_clips: Vec<Heard>,
    #[serde(skip)]
    probes: Probes,
}

impl Table {
    /// Of true clips.
    pub fn of(true_clips: Vec<Heard>, probes: Probes) -> Self {
        Self {
            seconds: 0.0,
            true_figures: Figures::of(&true_clips, &probes),
            made_figures: None,
            true_clips,
            made_clips: Vec::new(),
            probes,
        }
    }

    /// Adds the same clips with the sounds of a network.
    pub fn made(&mut self, clips: Vec<Heard>) {
        self.made_figures = Some(Figures::of(&clips, &self.probes));
        self.made_clips = clips;
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [clips, with_contacts] = self.true_figures.clips;
        writeln!(
            f,
            "{clips} held-out clips, {with_contacts} with contacts, in {:.0} s. A contact without any onset counts as the \
length of the clip.\n\n| measure | the world's sound | the network's sound | bar |\n|---|---|---|---|",
            self.seconds
        )?;
        let away = |distances: Distances| {
            format!(
                "median {:.0} ms, 90 % below {:.0} ms, {:.0} % within 60 ms",
                1e3 * distances.median,
                1e3 * distances.ninth_tenth,
                100.0 * distances.near
            )
        };
        let most = |value: f32| holds(value <= MOST_MEDIAN_SECONDS, "median at most 60 ms");
        let least = |value: f32| holds(value >= LEAST_OTHERS_SECONDS, "median at least 150 ms");
        let named = |value: f32| holds(value >= LEAST_NAMED, "at least 80 %");
        let judged = self.made_figures.unwrap_or(self.true_figures);
        let per_cent = |share: f32| format!("{:.0} %", 100.0 * share);
        self.row(
            f,
            "contacts against onsets of the own sound",
            &|one| away(one.own),
            &most(judged.own.median),
        )?;
        self.row(
            f,
            "against another clip's sound",
            &|one| away(one.others),
            &least(judged.others.median),
        )?;
        self.row(
            f,
            "against another clip's sound with contacts",
            &|one| away(one.other_walks),
            "reported",
        )?;
        self.row(
            f,
            "onsets without contact",
            &|one| per_cent(one.stray),
            "reported",
        )?;
        self.row(
            f,
            "place by ear (probe)",
            &|one| per_cent(one.named[0]),
            &named(judged.named[0]),
        )?;
        self.row(
            f,
            "time of day by ear (probe)",
            &|one| per_cent(one.named[1]),
            &named(judged.named[1]),
        )?;
        self.row(
            f,
            "integrated loudness",
            &|one| {
                let [low, middle, high] = one.loudness;
                format!("{middle:.1} LUFS ({low:.1} to {high:.1})")
            },
            "reported",
        )?;
        self.row(
            f,
            "largest sample",
            &|one| format!("{:.2}", one.peak),
            "reported",
        )
    }
}

fn holds(holds: bool, bar: &str) -> String {
    format!("{bar}: {}", if holds { "holds" } else { "short" })
}

impl Table {
    fn row(
        &self,
        f: &mut fmt::Formatter<'_>,
        name: &str,
        figure: &dyn Fn(&Figures) -> String,
        bar: &str,
    ) -> fmt::Result {
        let made = self.made_figures.as_ref().map(figure).unwrap_or_default();
        writeln!(
            f,
            "| {name} | {} | {made} | {bar} |",
            figure(&self.true_figures)
        )
    }
}
