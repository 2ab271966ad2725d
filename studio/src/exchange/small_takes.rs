//! Takes that are smaller than an export, and what it costs to make them larger.

use std::collections::BTreeSet;

use kinora_timeline::{ContentHash, FrameRange, Project, ShotId, Size, Source};
use kinora_wire::UpscalerInfo;

use crate::take::recipe::Recipe;
use crate::take::take_store::Take;

/// The cost of making takes larger.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UpscaleCost {
    /// The takes that are not made larger yet.
    pub takes: usize,
    /// Their frames.
    pub frames: u64,
    /// The time by the last take that this upscaler has made larger. `None`: there is none.
    pub seconds: Option<f64>,
}

/// The chosen takes within a range that are smaller than the output in both directions, with their shots. `size_of` is
/// the size of a take; takes without one stay as they are.
pub fn small_takes(
    project: &Project,
    range: FrameRange,
    size: Size,
    size_of: &dyn Fn(ContentHash) -> Option<[u32; 2]>,
) -> Vec<(ShotId, ContentHash)> {
    let mut shots = BTreeSet::new();
    project.for_each_shown(range, &mut |clip| {
        if let Source::Shot(shot) = clip.source {
            shots.insert(shot);
        }
    });
    let chosen = shots.into_iter().filter_map(|shot| {
        let take = project.shot(shot)?.chosen?;
        let [width, height] = size_of(take)?;
        (width < size.width() && height < size.height()).then_some((shot, take))
    });
    chosen.collect()
}

/// What it costs to make takes larger, by what is known of all takes of the project.
pub fn upscale_cost(
    small: &[(ShotId, ContentHash)],
    takes: &[(ContentHash, Take)],
    upscaler: &UpscalerInfo,
) -> UpscaleCost {
    let recipes = || {
        takes
            .iter()
            .filter_map(|(name, take)| Some((name, take, take.readable()?)))
    };
    let upscaled = |recipe: &Recipe| {
        let upscaled = recipe.upscaled.as_ref();
        let own = upscaled.filter(|upscaled| upscaled.upscaler.id == upscaler.id);
        own.map(|upscaled| upscaled.take)
    };
    let is_made =
        |small: ContentHash| recipes().any(|(.., recipe)| upscaled(recipe) == Some(small));
    let names: BTreeSet<ContentHash> = small.iter().map(|(_, take)| *take).collect();
    let to_make = |name: ContentHash| names.contains(&name) && !is_made(name);
    let mut cost = UpscaleCost::default();
    let mut pixels = 0.0;
    for (.., recipe) in recipes().filter(|(name, ..)| to_make(**name)) {
        cost.takes += 1;
        cost.frames += u64::from(recipe.settings.frames);
        pixels += pixels_of(recipe) * f64::from(upscaler.scale).powi(2);
    }
    let measured = recipes().filter(|(.., recipe)| upscaled(recipe).is_some());
    let last = measured.max_by_key(|(_, take, _)| take.made_at);
    cost.seconds = last.map(|(_, take, recipe)| take.timings.total / pixels_of(recipe) * pixels);
    cost
}

/// The pixels of all frames of a clip; at least one.
fn pixels_of(recipe: &Recipe) -> f64 {
    let [width, height] = recipe.picture_size().map(f64::from);
    (f64::from(recipe.settings.frames) * width * height).max(1.0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kinora_timeline::edit::library::Library;
    use kinora_timeline::edit::place::{Piece, Place};
    use kinora_timeline::shot::{ModelLength, Shot};
    use kinora_timeline::{Clip, Edit, FrameRate, Frames};
    use kinora_wire::{Timings, WeightFile};

    use super::*;
    use crate::take::based_shot::tests::recipe;
    use crate::take::recipe::{ModelUsed, Upscaled};

    fn take(recipe: Recipe, seconds: f64) -> Take {
        Take {
            recipe: Ok(recipe),
            poster: None,
            shot: None,
            clip: None,
            frames: None,
            sound: None,
            made_at: 1,
            timings: Timings {
                total: seconds,
                ..Timings::default()
            },
            hint: None,
        }
    }

    #[test]
    fn only_takes_on_the_timeline_that_are_smaller_than_the_output_are_made_larger() {
        let rate = FrameRate::FPS_24;
        let length = ModelLength { frames: 17, rate };
        let apply = |project: &Project, edit: Edit| edit.apply(project).expect("possible");
        let mut project = Project::default();
        for name in ["placed", "elsewhere"] {
            let shot = Box::new(Shot::new(name, "", length));
            project = apply(&project, Edit::Library(Library::AddShot(shot)));
        }
        let shots: Vec<ShotId> = project.shots().map(|shot| shot.id).collect();
        let name = ContentHash::of(b"take");
        for shot in &shots {
            let choose = Library::ChooseTake(*shot, Some(name));
            project = apply(&project, Edit::Library(choose));
        }
        let clip = Clip::new(Source::Shot(shots[0]), Frames(0), Frames(10));
        let track = project.tracks()[0].id;
        let pieces = vec![Piece { track, clip }];
        project = apply(&project, Edit::Place(Place::Append { pieces }));
        let range = FrameRange::between(Frames(0), Frames(10));
        let small = |width, height| {
            let size = Size::new(width, height).expect("a size");
            small_takes(&project, range, size, &|_| Some([96, 64])).len()
        };
        assert_eq!(small(192, 128), 1);
        assert_eq!(small(192, 64), 0, "it fills the height");
        assert_eq!(small(48, 32), 0);
        let after = FrameRange::between(Frames(20), Frames(30));
        let size = Size::new(192, 128).expect("a size");
        assert_eq!(small_takes(&project, after, size, &|_| Some([9, 9])), []);
    }

    #[test]
    fn the_cost_counts_what_is_not_made_by_the_time_of_what_is() {
        let upscaler = UpscalerInfo {
            id: "twofold".into(),
            scale: 2,
            is_guided: false,
            file: WeightFile {
                name: "twofold.safetensors".into(),
                sha256: None,
                is_for_sound: false,
                is_for_two_stages: false,
            },
        };
        let [one, other, large] = [b"1", b"2", b"3"].map(|name| ContentHash::of(name));
        let shot = ShotId::from(1);
        let small = [(shot, one), (shot, other)];
        let mut takes = vec![(one, take(recipe(), 9.0)), (other, take(recipe(), 9.0))];
        let frames = u64::from(recipe().settings.frames);
        let cost = upscale_cost(&small, &takes, &upscaler);
        assert_eq!((cost.takes, cost.frames), (2, 2 * frames));
        assert_eq!(cost.seconds, None, "nothing was measured");
        let mut made = recipe();
        made.upscaled = Some(Upscaled {
            take: one,
            upscaler: ModelUsed {
                id: "twofold".into(),
                files: BTreeMap::new(),
            },
            scale: 2,
            guide: None,
        });
        takes.push((large, take(made, 3.0)));
        let cost = upscale_cost(&small, &takes, &upscaler);
        assert_eq!((cost.takes, cost.frames), (1, frames));
        let seconds = cost.seconds.expect("measured");
        assert!((seconds - 3.0).abs() < 1e-9, "{seconds}");
    }
}
