//! Files of torch.save (engine/goldens/pickles.py), whole, damaged and hostile.

use std::path::PathBuf;

use super::*;
use crate::weights::MappedFile;

fn fixture(name: &str) -> PathBuf {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens/pickles");
    goldens.join(name)
}

#[test]
fn both_forms_of_a_file_give_the_same_tensors() {
    let folder = tempfile::tempdir().expect("a folder");
    let expected = MappedFile::open(&fixture("expected.safetensors")).expect("expected");
    for name in ["zip.pth", "old.pth"] {
        let to = folder.path().join(name).with_extension("safetensors");
        let converted = convert(&fixture(name), &to).expect("converted");
        assert_eq!(
            (converted.tensors, converted.left_behind),
            (11, 5),
            "{name}"
        );
        let found = MappedFile::open(&to).expect("a sound file");
        let keys = |file: &MappedFile| file.tensors().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&found), keys(&expected), "{name}");
        for (key, info) in expected.tensors() {
            let own = &found.tensors()[key];
            assert_eq!(
                (own.format, &own.shape),
                (info.format, &info.shape),
                "{key}"
            );
            assert_eq!(found.bytes(key), expected.bytes(key), "{name}: {key}");
        }
        let again = convert(&fixture(name), &to).expect_err("it is there");
        assert!(again.to_string().contains("is there already"), "{again}");
    }
}

#[test]
fn a_file_that_asks_for_a_program_is_refused_by_its_name() {
    let to = Path::new("never.safetensors");
    let refused = convert(&fixture("program.pth"), to).expect_err("refused");
    let text = refused.to_string();
    assert!(
        text.contains("torch.nn.modules.linear.Linear") && text.contains("nothing was run"),
        "{text}"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("evil.pth");
    std::fs::write(
        &path,
        b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.cos\nsystem\n",
    )
    .expect("written");
    let refused = convert(&path, to).expect_err("refused").to_string();
    assert!(refused.contains("os.system"), "{refused}");
    std::fs::write(&path, b"hello").expect("written");
    let refused = convert(&path, to).expect_err("refused").to_string();
    assert!(refused.contains("not saved by torch.save"), "{refused}");
}

/// A file in the old form that holds one object, and no numbers.
fn old_form(object: &[u8]) -> Vec<u8> {
    let head: &[u8] =
        b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.\x80\x02";
    [head, object, &b".\x80\x02]."[..]].concat()
}

#[test]
fn a_small_file_of_lists_within_lists_is_refused_at_once() {
    // Thirteen lists, each with the one before a hundred times.
    let mut object = b"]q\x00".to_vec();
    for level in 1..14u8 {
        object.extend([b']', b'q', level, b'(']);
        for _ in 0..100 {
            object.extend([b'h', level - 1]);
        }
        object.push(b'e');
    }
    let refused = read(&old_form(&object)).expect_err("refused");
    assert!(refused.contains("too much"), "{refused}");
}

#[test]
fn a_shape_is_no_longer_than_shapes_are() {
    let torch = b"ctorch\nSize\n";
    let size = |axes: usize| {
        let ones = b"K\x01".repeat(axes);
        [&torch[..], &b"(("[..], &ones[..], &b"ttR"[..]].concat()
    };
    let refused = |axes| read(&old_form(&size(axes))).expect_err("no tensors");
    assert!(refused(4).contains("no tensors"), "{}", refused(4));
    assert!(refused(5000).contains("too many axes"), "{}", refused(5000));
}

#[test]
fn damaged_files_are_refused_or_read_and_never_panic() {
    let mut rng = fastrand::Rng::with_seed(7);
    let (mut refused, mut read_anyway) = (0, 0);
    for name in ["zip.pth", "old.pth"] {
        let whole = std::fs::read(fixture(name)).expect("a fixture");
        for _ in 0..4000 {
            let mut bytes = whole.clone();
            match rng.u8(..4) {
                0 => bytes.truncate(rng.usize(..whole.len())),
                1 => {
                    let (from, to) = (rng.usize(..whole.len()), rng.usize(..whole.len()));
                    bytes[from.min(to)..from.max(to)].reverse();
                }
                _ => {
                    for _ in 0..rng.usize(1..6) {
                        let at = rng.usize(..whole.len());
                        bytes[at] = rng.u8(..);
                    }
                }
            }
            match read(&bytes) {
                Ok((tensors, _)) => {
                    read_anyway += 1;
                    for tensor in tensors.values() {
                        assert_eq!(tensor.data().len(), tensor.data_len());
                    }
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(
        refused > 2000 && read_anyway > 500,
        "{refused} {read_anyway}"
    );
}
