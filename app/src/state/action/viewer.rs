//! Actions on the viewer: what it shows, its guides, and where its own window stands. The playhead is moved by an action
//! of its own.

use kinora_studio::timeline::Frames;

use crate::state::view::Guides;
use crate::state::view::viewer_view::{ColourTarget, ComparedPicture, ViewedSource};
use crate::state::view::viewer_window::WindowPlace;

/// What the viewer shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ViewerAction {
    ShowTimeline,
    /// The preview of the take that is being generated.
    ShowLive,
    /// A source by itself.
    Show(ViewedSource),
    /// Move to a frame of the source that is shown by itself.
    GoTo(Frames),
    SetGuides(Guides),
    /// The next click in the picture picks this colour. `None` ends that.
    PickColour(Option<ColourTarget>),
    /// Compare the film with a picture of the media. `None` ends that.
    ComparePicture(Option<ComparedPicture>),
    /// The viewer's own window was moved or resized.
    KeepWindow(WindowPlace),
}
