//! Damage that leaves a file readable: other names, lengths and axes of tensors, other values of a configuration. So the
//! readers of shapes are reached, and networks that open are run.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use kinora_engine::weights::{Checkpoint, Naming, Survey, Weights, load};
use kinora_wire::Failure;
use serde_json::{Map, Value, json};
use tch::{Device, Kind, Tensor};

use super::{Dice, attack_with, tries};

/// Names and shapes of tensors.
pub type Tensors = Vec<(String, Vec<i64>)>;

/// Mutations of each kind, if the environment does not say.
pub const USUAL: usize = 40;
/// Largest network that is run.
const SMALL_BYTES: u64 = 4 << 20;
/// Lengths that a damaged axis gets.
const LENGTHS: [i64; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 31, 32, 33, 64, 257];

/// The tensors of a network, by other names.
pub fn tensors(survey: &Survey, key: impl Fn(&str) -> String) -> Tensors {
    let shapes = survey.shapes.iter();
    shapes
        .map(|(name, shape)| (key(name), shape.clone()))
        .collect()
}

/// Writes a file of zeros with these tensors, which take no space on the disk.
pub fn write_zeros(path: &Path, tensors: &Tensors, words: &[(&str, String)]) {
    let mut header = Map::new();
    if !words.is_empty() {
        let words = words.iter();
        let words = words.map(|(name, text)| ((*name).to_owned(), json!(text)));
        header.insert("__metadata__".into(), Value::Object(words.collect()));
    }
    let mut end = 0;
    for (name, shape) in tensors {
        let bytes = 4 * shape.iter().product::<i64>();
        let info = json!({ "dtype": "F32", "shape": shape, "data_offsets": [end, end + bytes] });
        if header.insert(name.clone(), info).is_none() {
            end += bytes;
        }
    }
    let header = Value::Object(header).to_string();
    let mut file = File::create(path).expect("created");
    let length = header.len() as u64;
    file.write_all(&length.to_le_bytes()).expect("written");
    file.write_all(header.as_bytes()).expect("written");
    file.set_len(8 + length + end as u64).expect("made longer");
}

/// Leaves out, renames, reshapes; or changes a length wherever it stands, which leaves a network that fits together.
fn damaged(sound: &Tensors, dice: &mut Dice) -> Tensors {
    let mut out = sound.clone();
    for _ in 0..=dice.roll(2) {
        let at = dice.roll(out.len());
        let Some((name, shape)) = out.get_mut(at) else {
            break;
        };
        let axis = dice.roll(shape.len());
        let length = LENGTHS[dice.roll(LENGTHS.len())];
        match dice.roll(8) {
            0 => drop(out.remove(at)),
            1 => {
                let digit = char::from(b'0' + dice.roll(10) as u8);
                *name = name.replacen(|sign: char| sign.is_ascii_digit(), &digit.to_string(), 1);
            }
            2 => shape.insert(axis, length),
            3 if !shape.is_empty() => drop(shape.remove(axis)),
            4 if !shape.is_empty() => shape[axis] = length,
            _ => {
                let old = shape.get(axis).copied();
                let shapes = out.iter_mut().flat_map(|(_, shape)| shape);
                let same = shapes.filter(|length| Some(**length) == old);
                same.for_each(|place| *place = length);
            }
        }
    }
    out
}

/// A value that often breaks what reads it.
fn nasty(dice: &mut Dice) -> Value {
    let values = [
        json!(null),
        json!(-1),
        json!(0),
        json!(1),
        json!(2),
        json!(3),
        json!(7),
        json!(0.5),
        json!(-2.5),
        json!(1e-320),
        json!(1e308),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1_i64 << 62),
        json!(1 << 20),
        json!([]),
        json!({}),
        json!(""),
        json!("\u{0}x"),
        json!(true),
        json!([1, 1]),
        json!(vec![1; 100_000]),
    ];
    values[dice.roll(values.len())].clone()
}

/// The number of values within this one, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

/// Replaces value number `at` within this one.
fn replace(value: &mut Value, at: &mut usize, with: &Value) {
    if *at == 0 {
        *value = with.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(list) if list.len() < 1000 => {
            for inner in list.iter_mut() {
                replace(inner, at, with);
            }
        }
        Value::Object(map) => map.values_mut().for_each(|inner| replace(inner, at, with)),
        _ => {}
    }
}

/// A configuration with one or two other values.
pub fn damaged_json(sound: &Value, dice: &mut Dice) -> Value {
    let mut out = sound.clone();
    for _ in 0..=dice.roll(2) {
        let mut at = 1 + dice.roll(count(sound) - 1);
        replace(&mut out, &mut at, &nasty(dice));
    }
    out
}

/// Damages the tensors of a file.
pub fn attack_tensors(name: &str, sound: &Tensors, mut read: impl FnMut(&Tensors) -> bool) {
    assert!(read(sound), "{name} is sound before");
    let damage = |dice: &mut Dice| damaged(sound, dice);
    attack_with(&format!("{name}, tensors"), tries(USUAL), damage, read);
}

/// Damages the values of a configuration.
pub fn attack_json(name: &str, sound: &Value, mut read: impl FnMut(&Value) -> bool) {
    assert!(read(sound), "{name} is sound before");
    let damage = |dice: &mut Dice| damaged_json(sound, dice);
    attack_with(&format!("{name}, values"), tries(USUAL), damage, read);
}

/// Opens a file, and runs the network if it is whole and small.
pub fn opens<Config, Network>(
    path: &Path,
    naming: impl Naming,
    detect: impl Fn(&Checkpoint) -> Result<Config, Failure>,
    build: impl Fn(&Config, Weights) -> Result<Network, Failure>,
    run: impl Fn(&Config, &Network),
) -> bool {
    let checked = || {
        let checkpoint = Checkpoint::open(path, naming)?;
        let config = detect(&checkpoint)?;
        checkpoint.check(&Survey::of(|weights| build(&config, weights))?)?;
        Ok::<_, Failure>((checkpoint, config))
    };
    let Ok((checkpoint, config)) = checked() else {
        return false;
    };
    if checkpoint.size_bytes() <= SMALL_BYTES {
        let build = |weights: Weights| build(&config, weights);
        let network = load(
            &checkpoint,
            Device::Cpu,
            Kind::Float,
            &mut |_| Ok(()),
            build,
        );
        let _no_grad = tch::no_grad_guard();
        run(&config, &network.expect("checked"));
    }
    true
}

/// Ones of this size.
pub fn ones(size: &[i64]) -> Tensor {
    Tensor::ones(size, (Kind::Float, Device::Cpu))
}
