//! The shots of a film in the order in which it shows them.

use std::collections::BTreeMap;

use kinora_timeline::{Frames, Project, ShotId, Source};

/// The shots on the open timeline by the frame where each is first shown, and then the others in the order of the project.
pub fn film_order(project: &Project) -> Vec<ShotId> {
    let mut starts: BTreeMap<ShotId, Frames> = BTreeMap::new();
    for track in project.tracks() {
        for (clip, range) in track.clips() {
            if let Source::Shot(shot) = clip.source {
                let start = starts.entry(shot).or_insert(range.start);
                *start = (*start).min(range.start);
            }
        }
    }
    let mut shots: Vec<ShotId> = project.shots().map(|shot| shot.id).collect();
    // Stable: shots that start together, and those that are not shown, keep the order of the project.
    shots.sort_by_key(|shot| {
        let start = starts.get(shot);
        (start.is_none(), start.copied().unwrap_or(Frames::ZERO))
    });
    shots
}

#[cfg(test)]
mod tests {
    use kinora_timeline::Edit;
    use kinora_timeline::FrameRate;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::shot::{ModelLength, Shot};

    use super::*;

    #[test]
    fn without_a_timeline_it_is_the_order_of_the_project() {
        let length = ModelLength {
            frames: 9,
            rate: FrameRate::FPS_24,
        };
        let mut project = Project::default();
        for name in ["b", "a"] {
            let shot = Box::new(Shot::new(name, "a fox", length));
            let add = Edit::Library(Library::AddShot(shot));
            project = add.apply(&project).expect("added");
        }
        let names: Vec<String> = film_order(&project)
            .into_iter()
            .filter_map(|shot| Some(project.shot(shot)?.name.clone()))
            .collect();
        assert_eq!(names, ["b", "a"]);
    }
}
