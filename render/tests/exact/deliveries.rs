//! Exported files: their length, their pictures, their bytes.

use kinora_render::media::read_still;
use kinora_timeline::media::Deinterlacing;

use super::*;

#[test]
fn a_delivered_film_is_as_long_as_the_film_and_shows_the_same_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let range = FrameRange {
        start: Frames(30),
        length: Frames(50),
    };
    for preset in [Format::MP4, Format::PRORES] {
        let path = folder.path().join("out").with_extension(preset.extension);
        let order = Export {
            format: preset,
            range,
            path: path.clone(),
            settings: ExportSettings::default(),
        };
        let mut heard = 0;
        let ended = export(&project, folder.path(), &order, &mut |done| {
            heard = done.0;
            true
        });
        assert_eq!(ended, Ok(Exported::Whole(Vec::new())));
        assert_eq!(heard, 50);
        let found = probe(&path).expect("probed");
        assert_eq!(found.picture.map(|track| track.frames), Some(Frames(50)));
        let mut samples = 0;
        read_sound(&path, &mut |piece| {
            samples += piece.len() / 2;
            true
        })
        .expect("sound");
        assert!((100_000..101_025).contains(&samples), "{samples}");
        let mut reader = VideoReader::open(&path).expect("opens");
        let mut truth = FrameReader::new(folder.path());
        for frame in 0..50 {
            let ours = truth
                .picture(&project, Frames(30 + frame))
                .expect("a picture");
            let theirs = reader.frame(Frames(frame)).expect("a frame");
            assert_eq!(
                number_in(&theirs),
                number_in(&ours),
                "{} {frame}",
                preset.name
            );
        }
    }
}

#[test]
fn where_nothing_is_done_to_a_film_it_is_delivered_as_it_was_coded() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut_of(&project_of(folder.path(), Format::MP4));
    let last = project.track(track(&project, TrackKind::Video));
    let last = last.and_then(|track| track.clips().last()).expect("a clip");
    let look = Look {
        exposure_stops: 0.5,
        ..Look::default()
    };
    let clip = last.0.id;
    let project = done(&project, Edit::Clip(ClipEdit::Look { clip, look }));
    let mut reader = FrameReader::new(folder.path());
    let form = Format::MP4.plane_format().expect("planes");
    for frame in 0..project.end().0 {
        let planes = reader.planes(&project, Frames(frame), form).expect("read");
        let is_changed = (21..29).contains(&frame) || frame >= 72; // dissolved, or brighter
        assert_eq!(planes.is_some(), !is_changed, "frame {frame}");
    }
    let path = folder.path().join("out.mp4");
    let order = Export {
        format: Format::MP4,
        range: FrameRange {
            start: Frames::ZERO,
            length: project.end(),
        },
        path: path.clone(),
        settings: ExportSettings::default(),
    };
    let ended = export(&project, folder.path(), &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole(Vec::new())));
    let mut delivered = VideoReader::open(&path).expect("opens");
    for frame in 0..project.end().0 {
        let composed = reader.picture(&project, Frames(frame)).expect("a picture");
        let shown = delivered.frame(Frames(frame)).expect("a frame");
        for (one, other) in blocks(&composed).into_iter().zip(blocks(&shown)) {
            assert!(one.abs_diff(other) <= 4, "frame {frame}: {one} {other}");
        }
    }
}

#[test]
fn an_open_film_is_read_anew_when_its_picture_settings_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut_of(&project_of(folder.path(), Format::MP4));
    let medium = project.media().next().expect("the medium");
    let medium = Medium {
        picture: PictureSettings {
            deinterlacing: Deinterlacing::On,
            ..PictureSettings::default()
        },
        ..Medium::clone(medium)
    };
    let whole = done(
        &project,
        Edit::Library(Library::ChangeMedium(Box::new(medium))),
    );
    let mut reader = FrameReader::new(folder.path());
    let form = Format::MP4.plane_format().expect("planes");
    for (project, is_as_coded) in [(&project, true), (&whole, false), (&project, true)] {
        let planes = reader.planes(project, Frames(3), form).expect("read");
        assert_eq!(planes.is_some(), is_as_coded);
    }
}

#[test]
fn an_export_that_is_stopped_or_fails_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let range = FrameRange {
        start: Frames::ZERO,
        length: project.end(),
    };
    let path = folder.path().join("out.mp4");
    let order = Export {
        format: Format::MP4,
        range,
        path: path.clone(),
        settings: ExportSettings::default(),
    };
    let ended = export(&project, folder.path(), &order, &mut |done| {
        done < Frames(10)
    });
    assert_eq!(ended, Ok(Exported::Stopped));
    let gone = folder.path().join("gone");
    fs::create_dir(&gone).expect("made");
    let order = Export {
        path: gone.join("out.mp4"),
        ..order
    };
    let failed = export(&project, folder.path(), &order, &mut |done| {
        if done == Frames(5) {
            fs::remove_dir_all(&gone).expect("removed");
        }
        true
    });
    let failed = failed.expect_err("its folder is gone");
    assert!(failed.path.starts_with(&gone), "{failed}");
    let left: Vec<_> = fs::read_dir(folder.path())
        .expect("listed")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert!(
        left.iter().all(|name| name == "media" || name == "cache"),
        "{left:?}"
    );
}

/// The bytes of an MP4 file of the first frames, with these settings.
fn exported(project: &Project, folder: &Path, settings: ExportSettings) -> Vec<u8> {
    let path = folder.join("out.mp4");
    let order = Export {
        format: Format::MP4,
        range: FrameRange {
            start: Frames::ZERO,
            length: Frames(12),
        },
        path: path.clone(),
        settings,
    };
    let ended = export(project, folder, &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole(Vec::new())));
    fs::read(&path).expect("the file")
}

#[test]
fn each_size_is_exported_with_its_pixels_and_the_same_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    for (size, wanted) in [
        (ExportSize::Project, [96, 64]),
        (ExportSize::Half, [48, 32]),
        (ExportSize::Height(128), [192, 128]),
    ] {
        let settings = ExportSettings {
            size,
            ..ExportSettings::default()
        };
        exported(&project, folder.path(), settings);
        let path = folder.path().join("out.mp4");
        let mut reader = VideoReader::open(&path).expect("opens");
        let mut truth = FrameReader::new(folder.path());
        for frame in [0, 5, 11] {
            let shown = reader.frame(Frames(frame)).expect("a frame");
            assert_eq!([shown.width, shown.height], wanted, "{size}");
            let ours = truth.picture(&project, Frames(frame)).expect("a picture");
            let theirs = Picture::clone(&shown).scaled(SIZE);
            assert_eq!(number_in(&theirs), number_in(&ours), "{size} {frame}");
        }
    }
}

#[test]
fn the_picture_of_another_size_fills_a_png_file_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let path = folder.path().join("stills");
    let order = Export {
        format: Format::PNG,
        range: FrameRange {
            start: Frames::ZERO,
            length: Frames::ONE,
        },
        path: path.clone(),
        settings: ExportSettings {
            size: ExportSize::Half,
            ..ExportSettings::default()
        },
    };
    let ended = export(&project, folder.path(), &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole(Vec::new())));
    let still = image::image_dimensions(path.join("000000.png")).expect("a picture");
    assert_eq!(still, (48, 32));
}

/// Exports frames 30 and 31 of a cut as numbered files: their folder, and the second frame as the film shows it.
fn stills_of(folder: &Path, format: &'static Format) -> (PathBuf, Picture) {
    let project = cut(folder);
    let path = folder.join("stills");
    let order = Export {
        format,
        range: FrameRange {
            start: Frames(30),
            length: Frames(2),
        },
        path: path.clone(),
        settings: ExportSettings::default(),
    };
    let ended = export(&project, folder, &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole(Vec::new())));
    let mut reader = FrameReader::new(folder);
    let film = reader.picture(&project, Frames(31)).expect("a picture");
    (path, Picture::clone(&film))
}

#[test]
fn a_tiff_sequence_has_16_bits_and_the_colours_of_the_film() {
    let folder = tempfile::tempdir().expect("a folder");
    let (stills, film) = stills_of(folder.path(), Format::TIFF);
    let still = image::open(stills.join("000001.tif")).expect("a picture");
    let image::DynamicImage::ImageRgb16(still) = still else {
        panic!("{:?}", still.color());
    };
    for (x, y, written) in still.enumerate_pixels() {
        let [red, green, blue, _] = film.pixel(x, y).map(|value| u16::from(value) * 257);
        assert_eq!(written.0, [red, green, blue], "{x} {y}");
    }
}

#[test]
fn an_exr_sequence_has_the_colours_of_the_film_in_linear_light() {
    let folder = tempfile::tempdir().expect("a folder");
    let (stills, film) = stills_of(folder.path(), Format::EXR);
    let still = read_still(&stills.join("000001.exr")).expect("a picture");
    let still = Picture::from(still.into_rgba8());
    for (written, shown) in still.rgba.chunks(4).zip(film.rgba.chunks(4)) {
        assert_eq!(written[..3], shown[..3]);
    }
}

#[test]
fn prores_4444_is_transparent_where_the_film_covers_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let clip = project.tracks()[0].clips().next().expect("a clip").0;
    let mut look = clip.look.clone();
    look.transform.scale = 0.5;
    let clip = clip.id;
    let small = done(&project, Edit::Clip(ClipEdit::Look { clip, look }));
    let path = folder.path().join("film.mov");
    let order = Export {
        format: Format::PRORES_4444,
        range: FrameRange {
            start: Frames::ZERO,
            length: Frames(2),
        },
        path: path.clone(),
        settings: ExportSettings::default(),
    };
    let ended = export(&small, folder.path(), &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole(Vec::new())));
    let mut reader = VideoReader::open(&path).expect("opens");
    let shown = reader.frame(Frames::ZERO).expect("a frame");
    assert!(shown.pixel(2, 2)[3] <= 1, "beside the clip");
    assert!(shown.pixel(48, 32)[3] >= 254, "on the clip");
}

#[test]
fn the_quality_of_the_settings_changes_the_file() {
    if encoder_of(Format::MP4) != Some("libx264") {
        eprintln!("skipped: this FFmpeg has no libx264");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let of = |quality| {
        let settings = ExportSettings {
            quality,
            ..ExportSettings::default()
        };
        exported(&project, folder.path(), settings)
    };
    let usual = of(Quality::Standard);
    assert!(usual == exported(&project, folder.path(), ExportSettings::default()));
    assert!(usual != of(Quality::Draft) && usual != of(Quality::High));
}

#[test]
fn another_frame_rate_repeats_or_leaves_out_frames_and_keeps_the_length() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    for (rate, shown) in [
        (48, (0..24).map(|frame| frame / 2).collect::<Vec<i64>>()),
        (12, (0..6).map(|frame| frame * 2).collect()),
    ] {
        let settings = ExportSettings {
            rate: FrameRate::new(rate, 1),
            ..ExportSettings::default()
        };
        exported(&project, folder.path(), settings);
        let path = folder.path().join("out.mp4");
        let found = probe(&path).expect("probed").picture.expect("a picture");
        assert_eq!(found.frames, Frames(shown.len() as i64));
        let mut reader = VideoReader::open(&path).expect("opens");
        let mut truth = FrameReader::new(folder.path());
        for (number, frame) in (0..).zip(shown) {
            let ours = truth.picture(&project, Frames(frame)).expect("a picture");
            let theirs = reader.frame(Frames(number)).expect("a frame");
            assert_eq!(number_in(&theirs), number_in(&ours), "{rate}: {number}");
        }
        let mut samples = 0;
        read_sound(&path, &mut |piece| {
            samples += piece.len() / 2;
            true
        })
        .expect("sound");
        assert!((24_000..25_025).contains(&samples), "{samples}");
    }
}

#[test]
fn sound_can_be_left_out_of_a_video() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let path = folder.path().join("out.mp4");
    for has_sound in [true, false] {
        let settings = ExportSettings {
            has_sound,
            ..ExportSettings::default()
        };
        exported(&project, folder.path(), settings);
        let found = probe(&path).expect("probed");
        assert!(found.picture.is_some());
        assert_eq!(found.sound.is_some(), has_sound);
    }
}

/// The settings that existed before there were settings: the writer's own, at the project's size.
#[test]
fn the_default_settings_make_the_same_bytes_as_a_writer_without_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let with_settings = exported(&project, folder.path(), ExportSettings::default());
    let path = folder.path().join("plain.mp4");
    let content = Content {
        size: SIZE,
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let mut writer = Writer::create(&path, Format::MP4, content).expect("a writer");
    let mut reader = FrameReader::new(folder.path());
    let mut mixer = Mixer::new(folder.path());
    for frame in 0..12 {
        let picture = reader.picture(&project, Frames(frame)).expect("a picture");
        writer.picture(&picture).expect("written");
        let one = FrameRange {
            start: Frames(frame),
            length: Frames::ONE,
        };
        let samples = mixer.mix(&project, one).expect("mixed");
        writer.sound(&samples).expect("written");
    }
    writer.finish().expect("finished");
    let plain = fs::read(&path).expect("the file");
    assert!(plain == with_settings, "the default settings change bytes");
}
