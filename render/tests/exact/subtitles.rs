//! Subtitles burnt into an export: seen in their frames as in the viewer, and nowhere else.

use kinora_render::SubtitleDelivery;
use kinora_timeline::edit::subtitles::{NewCue, SubtitleEdit};

use super::*;

#[test]
fn burnt_in_subtitles_are_in_their_frames_and_the_rest_is_as_without() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let plain = cut(folder);
    let add = SubtitleEdit::AddTrack {
        name: String::new(),
        language: String::new(),
        cues: vec![NewCue {
            range: FrameRange::between(Frames(3), Frames(6)),
            text: "Hello".into(),
        }],
    };
    let project = done(&plain, Edit::Subtitle(add));
    let path = folder.join("burnt").with_extension(Format::TAKE.extension);
    let order = Export {
        format: Format::TAKE,
        range: FrameRange::between(Frames(0), Frames(9)),
        path: path.clone(),
        settings: ExportSettings {
            subtitles: SubtitleDelivery {
                burnt_in: true,
                beside: None,
            },
            ..ExportSettings::default()
        },
    };
    let ended = export(&project, folder, &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole(Vec::new())));
    let mut file = VideoReader::open(&path).expect("opens");
    let mut viewer = FrameReader::new(folder).with_subtitles();
    let mut without = FrameReader::new(folder);
    for frame in 0..9 {
        let at = Frames(frame);
        let written = file.frame(at).expect("a picture");
        let shown = viewer.picture(&project, at).expect("a picture");
        let bare = without.picture(&project, at).expect("a picture");
        assert!(*written == shown, "frame {frame}");
        assert_eq!(shown != bare, (3..6).contains(&frame), "frame {frame}");
    }
}
