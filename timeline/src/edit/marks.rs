//! Markers, in and out points.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::marker::Marker;
use crate::refusal::Refusal;
use crate::{FrameRange, Frames, MarkerId, Project};

/// Edits of markers, in and out points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Mark {
    /// Adds a marker; its id is assigned.
    Add(Marker),
    /// Replaces the marker of the same id.
    Change(Marker),
    /// Removes a marker.
    Remove(MarkerId),
    /// Sets the range between in and out; `None` is the whole timeline.
    InOut(Option<FrameRange>),
}

impl Mark {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "add marker",
            Self::Change(_) => "change marker",
            Self::Remove(_) => "remove marker",
            Self::InOut(Some(_)) => "set in and out",
            Self::InOut(None) => "clear in and out",
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::Add(marker) => {
                check_range(marker.range, Frames::ZERO)?;
                let id = MarkerId(project.fresh_id());
                project.markers.insert(
                    id,
                    Arc::new(Marker {
                        id,
                        ..marker.clone()
                    }),
                );
            }
            Self::Change(marker) => {
                check_range(marker.range, Frames::ZERO)?;
                let now = project
                    .markers
                    .get(marker.id)
                    .ok_or(Refusal::NoSuch { what: "marker" })?;
                if **now == *marker {
                    return Err(Refusal::NoChange);
                }
                project.markers.insert(marker.id, Arc::new(marker.clone()));
            }
            Self::Remove(id) => {
                if project.markers.remove(*id).is_none() {
                    return Err(Refusal::NoSuch { what: "marker" });
                }
            }
            Self::InOut(range) => {
                if let Some(range) = range {
                    check_range(*range, Frames::ONE)?;
                }
                if project.in_out == *range {
                    return Err(Refusal::NoChange);
                }
                project.in_out = *range;
            }
        }
        Ok(())
    }
}

fn check_range(range: FrameRange, shortest: Frames) -> Result<(), Refusal> {
    if range.start < Frames::ZERO {
        return Err(Refusal::BeforeStart { by: -range.start });
    }
    if range.length < shortest {
        Err(Refusal::InvalidValue("out must come after in".into()))
    } else {
        Ok(())
    }
}
