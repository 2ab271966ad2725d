//! Tests of imports: files stored once under their hash, relinked, animated, damaged and changed meanwhile.
//! What is refused leaves nothing behind.

use std::fs;

use kinora_render::Picture;
use kinora_render::export::write_exr;
use kinora_timeline::Frames;
use kinora_timeline::media::Deinterlacing;

use super::copied::copy_to;
use super::*;

fn picture(path: &Path, red: u8) {
    image::RgbImage::from_pixel(4, 4, image::Rgb([red, 8, 7]))
        .save(path)
        .expect("saved");
}

#[test]
fn the_same_file_is_put_back_into_its_place_and_another_one_keeps_id_name_and_settings() {
    let root = tempfile::tempdir().expect("a folder");
    let project = root.path().join("a.kinora");
    let (same, other) = (root.path().join("door.png"), root.path().join("gate.png"));
    picture(&same, 1);
    picture(&other, 2);
    let medium = Medium {
        id: MediumId::from(7),
        name: "the door".into(),
        marks: MediumMarks::default().toggled(),
        picture: PictureSettings {
            deinterlacing: Deinterlacing::Off,
            ..PictureSettings::default()
        },
        ..import_medium(&same, &project).expect("imported").medium
    };
    let place = project.join(&medium.path);
    fs::remove_file(&place).expect("gone");
    let back = relink_medium(&same, &medium, &project)
        .expect("put back")
        .medium;
    assert_eq!(back, medium);
    assert_eq!(hash_of(&place).expect("there"), medium.content);

    let changed = relink_medium(&other, &medium, &project)
        .expect("relinked")
        .medium;
    assert_eq!((changed.id, changed.name.as_str()), (medium.id, "the door"));
    assert_eq!(
        (changed.marks, changed.picture),
        (medium.marks, medium.picture)
    );
    assert_ne!(changed.content, medium.content);
    assert!(project.join(&changed.path).is_file());
    let words = root.path().join("words.mp4");
    fs::write(&words, "not a video").expect("written");
    assert!(relink_medium(&words, &medium, &project).is_err());
}

#[test]
fn a_file_imported_twice_is_stored_once_and_a_file_that_is_not_media_leaves_nothing() {
    let root = tempfile::tempdir().expect("a folder");
    let project = root.path().join("a.kinora");
    let still = root.path().join("Door.PNG");
    image::RgbImage::from_pixel(4, 4, image::Rgb([9, 8, 7]))
        .save_with_format(&still, image::ImageFormat::Png)
        .expect("saved");
    let first = import_medium(&still, &project).expect("imported").medium;
    assert_eq!(
        (first.extent, first.has_picture, first.name.as_str()),
        (Extent::Still, true, "Door.PNG")
    );
    assert_eq!(
        import_medium(&still, &project).expect("again").medium,
        first
    );
    let copy = project.join(&first.path);
    fs::write(&copy, "damaged").expect("written");
    import_medium(&still, &project).expect("imported over it");
    assert_eq!(hash_of(&copy).expect("read"), first.content);
    let other = root.path().join("words.mp4");
    fs::write(&other, "not a video").expect("written");
    let refused = import_medium(&other, &project).expect_err("not a video");
    assert!(refused.cause.contains("words.mp4"), "{refused:?}");
    assert_eq!(
        fs::read_dir(project.join("media")).expect("listed").count(),
        1
    );
}

#[test]
fn an_openexr_file_is_a_still_and_becomes_a_png_file_as_a_picture_for_the_engine() {
    let root = tempfile::tempdir().expect("a folder");
    let project = root.path().join("a.kinora");
    let file = root.path().join("plate.exr");
    write_exr(&file, &Picture::plain(4, 3, [200, 9, 7, 255])).expect("written");
    let medium = import_medium(&file, &project).expect("imported").medium;
    assert_eq!((medium.extent, medium.has_picture), (Extent::Still, true));
    assert_eq!(
        Path::new(&medium.path).extension(),
        Some("exr".as_ref()),
        "it stays as it is"
    );
    let content = import_picture(&file, &project).expect("imported");
    let pictures = ProjectFiles::of(&project).characters();
    let copy = pictures.join(format!("{content}.png"));
    assert!(is_common_still(&copy));
    assert_eq!(hash_of(&copy).expect("read"), content);
    let shown = image::open(&copy).expect("a picture").into_rgba8();
    assert_eq!(shown.get_pixel(3, 2).0, [200, 9, 7, 255]);
    let whole = fs::read(&file).expect("read");
    fs::write(&file, &whole[..whole.len() / 2]).expect("cut short");
    for refused in [
        import_medium(&file, &project).map(drop),
        import_picture(&file, &project).map(drop),
    ] {
        let refused = refused.expect_err("damaged");
        assert!(refused.cause.contains("plate.exr"), "{refused:?}");
    }
}

/// An animated WebP file of three grey pictures, each shown for 40 milliseconds.
fn moving(path: &Path) {
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let mut chunk = [&name[..], &(data.len() as u32).to_le_bytes(), data].concat();
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    };
    let mut body = b"WEBP".to_vec();
    body.extend(chunk(b"VP8X", &[2, 0, 0, 0, 3, 0, 0, 3, 0, 0])); // an animation of 4x4 pixels
    body.extend(chunk(b"ANIM", &[0; 6]));
    for grey in [0, 100, 200] {
        let mut still = Vec::new();
        image::RgbImage::from_pixel(4, 4, image::Rgb([grey; 3]))
            .write_with_encoder(image::codecs::webp::WebPEncoder::new_lossless(&mut still))
            .expect("encoded");
        let mut data = vec![0, 0, 0, 0, 0, 0, 3, 0, 0, 3, 0, 0, 40, 0, 0, 2];
        data.extend(&still[12..]); // without the header of its own file
        body.extend(chunk(b"ANMF", &data));
    }
    fs::write(path, chunk(b"RIFF", &body)).expect("written");
}

#[test]
fn an_animated_picture_is_a_video_and_needs_no_note() {
    let root = tempfile::tempdir().expect("a folder");
    let file = root.path().join("fire.webp");
    moving(&file);
    let project = root.path().join("a.kinora");
    let Imported { medium, notes } = import_medium(&file, &project).expect("imported");
    let extent = Extent::Video {
        rate: "25".parse().expect("a rate"),
        frames: Frames(3),
    };
    assert_eq!((medium.extent, medium.has_picture), (extent, true));
    assert!(!medium.has_sound && notes.is_empty(), "{notes:?}");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_not_kept_under_the_old_hash() {
    let root = tempfile::tempdir().expect("a folder");
    let (file, place) = (root.path().join("a.mp4"), root.path().join("media/a.mp4"));
    fs::write(&file, "more of it").expect("written");
    let refused = copy_to(&file, ContentHash::of(b"more"), &place).expect_err("changed");
    assert!(
        refused.cause.ends_with("was changed while it was read"),
        "{refused}"
    );
    assert_eq!(
        fs::read_dir(root.path().join("media"))
            .expect("listed")
            .count(),
        0
    );
    copy_to(&file, ContentHash::of(b"more of it"), &place).expect("copied");
    assert!(place.is_file());
}
