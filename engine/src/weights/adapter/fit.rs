//! Which parameters of a network the keys of a LoRA file fit: by the names of its modules in the original and in the
//! Diffusers layout, with `.` or `_` between the words, and by their shapes.

use std::collections::BTreeMap;

use kinora_wire::{Expert, Failure, Lora};
use tch::Kind;

use super::How;
use super::keys::{Key, Part, Piece, parse};
use super::messages::{changed_twice, described, fits_nothing, foreign, note};
use crate::weights::checkpoint::Checkpoint;
use crate::weights::file::MappedFile;
use crate::weights::naming::Naming;

/// The modules of a network.
pub struct Modules<'c> {
    checkpoint: &'c Checkpoint,
    /// The original name of each module, by its names with `_` between the words.
    names: BTreeMap<String, String>,
}

/// What fits of a file.
pub struct Fitting {
    /// Original names of parameters, with their changes.
    pub changes: Vec<(String, How)>,
    /// Of the keys that fit nothing, if there are some.
    pub note: Option<String>,
}

/// The keys of the change of one module.
#[derive(Default)]
struct Pieces {
    keys: BTreeMap<Piece, String>,
}

/// The keys of a file, sorted.
#[derive(Default)]
struct Sorted {
    /// By the original name of the module, or by that in the file if the network does not have it.
    modules: BTreeMap<String, Pieces>,
    /// Keys of no known form.
    unknown: Vec<String>,
    /// The number of keys of text encoders.
    text: usize,
    /// The number of keys of the other of two experts.
    others: usize,
}

impl<'c> Modules<'c> {
    /// Of a checkpoint.
    pub fn of(checkpoint: &'c Checkpoint, naming: &dyn Naming) -> Self {
        let mut names = BTreeMap::new();
        for original in checkpoint.names() {
            let module = module_of(original);
            names.insert(flattened(module), module.to_owned());
        }
        // Names of diffusers count only where they are no original names: it calls `norm2` what was `norm3`.
        for original in checkpoint.names() {
            if let Some(other) = naming.diffusers_name(original) {
                let module = module_of(original).to_owned();
                names.entry(flattened(module_of(&other))).or_insert(module);
            }
        }
        // A whole name, such as that of a bias, is also one for its change.
        for original in checkpoint.names() {
            let whole = names.entry(flattened(original));
            whole.or_insert_with(|| original.to_owned());
        }
        Self { checkpoint, names }
    }

    /// The original name of a module, by any of its names.
    fn original(&self, name: &str) -> Option<&String> {
        self.names.get(&flattened(name))
    }

    /// The changes in the file of a LoRA. Fails if it is of another kind, or fits nothing. A file may be for the other of
    /// two experts alone, unless the request is for this one.
    pub fn fitting(
        &self,
        file: &MappedFile,
        lora: &Lora,
        expert: Option<Expert>,
    ) -> Result<Fitting, Failure> {
        let sorted = Sorted::of(file, expert, self)?;
        let all: usize = sorted.modules.values().map(|one| one.keys.len()).sum();
        let all = all + sorted.unknown.len();
        let (mut changes, mut unfit) = (Vec::new(), Vec::new());
        for (name, pieces) in &sorted.modules {
            let module = Module {
                checkpoint: self.checkpoint,
                file,
                name: self.original(name).map(String::as_str),
                strength: lora.strength,
            };
            let left = module.read(pieces, &mut changes)?;
            unfit.extend(left.into_iter().map(|key| described(file, key)));
        }
        let unknown = sorted.unknown.iter();
        unfit.extend(unknown.map(|key| described(file, key)));
        let is_for_any = expert.is_some() && lora.expert.is_none();
        let is_of_other = is_for_any && all == 0 && sorted.others > 0;
        match changes.is_empty() && !is_of_other {
            true => Err(fits_nothing(
                file,
                self.checkpoint,
                &unfit,
                sorted.kept_apart(),
            )),
            false => Ok(Fitting {
                note: note(file, all, &unfit, sorted.text),
                changes,
            }),
        }
    }
}

impl Sorted {
    /// Fails if the file is of another kind, or has a piece of a change twice, such as under two names of a module.
    fn of(file: &MappedFile, expert: Option<Expert>, network: &Modules) -> Result<Self, Failure> {
        let mut sorted = Self::default();
        let is_second = |key: &String| {
            matches!(
                parse(key),
                Key::Piece {
                    part: Part::Second,
                    ..
                }
            )
        };
        let has_two = file.tensors().keys().any(is_second);
        let others = match expert {
            Some(Expert::LowNoise) => Part::First,
            _ => Part::Second,
        };
        for key in file.tensors().keys() {
            match parse(key) {
                Key::Foreign(name) => return Err(foreign(file, key, name)),
                Key::Text => sorted.text += 1,
                Key::Unknown => sorted.unknown.push(key.clone()),
                Key::Piece { part, .. } if has_two && part == others => {
                    sorted.others += 1;
                }
                Key::Piece { module, piece, .. } => {
                    let (name, piece) = match piece {
                        Piece::ModulationSum => (format!("{module}.modulation"), Piece::Sum),
                        piece => (module.to_owned(), piece),
                    };
                    let name = network.original(&name).cloned().unwrap_or(name);
                    let pieces = sorted.modules.entry(name).or_default();
                    if let Some(other) = pieces.keys.insert(piece, key.clone()) {
                        return Err(changed_twice(file, key, &other));
                    }
                }
            }
        }
        Ok(sorted)
    }

    /// The number of keys of text encoders, and of another expert.
    fn kept_apart(&self) -> (usize, usize) {
        (self.text, self.others)
    }
}

/// A module of a file, and what it may change.
struct Module<'m> {
    checkpoint: &'m Checkpoint,
    file: &'m MappedFile,
    /// Its original name, if the network has it.
    name: Option<&'m str>,
    strength: f64,
}

impl Module<'_> {
    /// Adds the changes that fit to a list. Returns the keys that do not.
    fn read<'p>(
        &self,
        pieces: &'p Pieces,
        changes: &mut Vec<(String, How)>,
    ) -> Result<Vec<&'p String>, Failure> {
        let mut left: Vec<&String> = Vec::new();
        let key = |piece: Piece| pieces.keys.get(&piece);
        let strength = self.strength;
        let mut sort = |parameter: Option<(String, How)>, keys: &[&'p String]| match parameter {
            Some(change) => changes.push(change),
            None => left.extend(keys),
        };
        if let Some(replacement) = key(Piece::Replacement) {
            let parameter = self
                .weight()
                .filter(|name| self.has_shape_of(name, replacement));
            let how = How::Replace {
                key: replacement.clone(),
            };
            sort(parameter.map(|name| (name, how)), &[replacement]);
        }
        let (down, up) = (key(Piece::Down), key(Piece::Up));
        if let (Some(down), Some(up)) = (down, up) {
            let how = self.low_rank(down, up, key(Piece::Alpha))?;
            let keys: Vec<&String> = [Some(down), Some(up), key(Piece::Alpha)]
                .into_iter()
                .flatten()
                .collect();
            sort(how, &keys);
        } else {
            let lone = [down, up, key(Piece::Alpha)].into_iter().flatten();
            sort(None, &lone.collect::<Vec<_>>());
        }
        let sums = [(Piece::Sum, self.weight()), (Piece::BiasSum, self.bias())];
        for (piece, parameter) in sums {
            let Some(sum) = key(piece) else {
                continue;
            };
            let parameter = parameter.filter(|name| self.has_shape_of(name, sum));
            let key = sum.clone();
            sort(
                parameter.map(|name| (name, How::Sum { key, strength })),
                &[sum],
            );
        }
        Ok(left)
    }

    /// The product of two matrices, if it has the shape of the weight.
    fn low_rank(
        &self,
        down: &str,
        up: &str,
        alpha: Option<&String>,
    ) -> Result<Option<(String, How)>, Failure> {
        let Some(name) = self.weight() else {
            return Ok(None);
        };
        let (Some(weight), Some(down_shape), Some(up_shape)) = (
            self.checkpoint.shape(&name),
            self.shape(down),
            self.shape(up),
        ) else {
            return Ok(None);
        };
        let [[outputs, inputs], [rank, columns], [rows, up_columns]] =
            [weight, down_shape.as_slice(), up_shape.as_slice()].map(matrix);
        if outputs != rows || inputs != columns || rank != up_columns || rank < 1 {
            return Ok(None);
        }
        let alpha = match alpha {
            Some(key) => self.number(key)?,
            None => rank as f64,
        };
        let how = How::LowRank {
            down: down.to_owned(),
            up: up.to_owned(),
            scale: self.strength * alpha / rank as f64,
        };
        Ok(Some((name, how)))
    }

    /// The parameter that a change of the module changes.
    fn weight(&self) -> Option<String> {
        let module = self.name?;
        let names = [format!("{module}.weight"), module.to_owned()];
        let mut names = names.into_iter();
        names.find(|name| self.checkpoint.shape(name).is_some())
    }

    fn bias(&self) -> Option<String> {
        let bias = format!("{}.bias", self.name?);
        self.checkpoint.shape(&bias).is_some().then_some(bias)
    }

    /// Whether a tensor has the shape of a parameter. Axes of length 1 do not count: files leave some out.
    fn has_shape_of(&self, parameter: &str, key: &str) -> bool {
        let theirs = self.shape(key).map(|shape| longer_axes(&shape));
        theirs.is_some() && theirs == self.checkpoint.shape(parameter).map(longer_axes)
    }

    /// The shape of a tensor of floats.
    fn shape(&self, key: &str) -> Option<Vec<i64>> {
        let info = self.file.tensors().get(key)?;
        info.format.is_float().then(|| info.lengths())
    }

    /// A tensor of one number.
    fn number(&self, key: &str) -> Result<f64, Failure> {
        let info = self.file.tensors().get(key);
        let is_one = info.is_some_and(|info| product(&info.lengths()) == 1);
        let tensor = is_one.then(|| self.file.plain_numbers(key)).flatten();
        let number = tensor.map(|tensor| tensor.to_kind(Kind::Double).reshape([1]));
        let number = number.map(|number| number.double_value(&[0]));
        number.filter(|number| number.is_finite()).ok_or_else(|| {
            Failure::bad_file(
                format!("{}: `{key}` is no number", self.file.path().display()),
                "the file is damaged: fetch it again",
            )
        })
    }
}

/// First axis x all others.
fn matrix(shape: &[i64]) -> [i64; 2] {
    match shape {
        [rows, rest @ ..] if !rest.is_empty() => [*rows, product(rest)],
        _ => [0, 0],
    }
}

/// The lengths of the axes that are longer than 1.
fn longer_axes(shape: &[i64]) -> Vec<i64> {
    let lengths = shape.iter().copied();
    lengths.filter(|&length| length != 1).collect()
}

/// A damaged file may claim any lengths beside one of 0.
fn product(shape: &[i64]) -> i64 {
    shape
        .iter()
        .fold(1, |all: i64, length| all.saturating_mul(*length))
}

/// The module of a weight or a bias. Any other parameter, such as a modulation, stands for itself.
fn module_of(parameter: &str) -> &str {
    match parameter.rsplit_once('.') {
        Some((module, "weight" | "bias")) => module,
        _ => parameter,
    }
}

fn flattened(name: &str) -> String {
    name.replace('.', "_")
}
