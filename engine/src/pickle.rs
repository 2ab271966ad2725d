//! Converts weights that were saved by `torch.save` (.pth, .pt, .ckpt, .bin, .pkl) to safetensors. Such files are
//! programs for Python's pickle machine. Only what describes tensors is understood; nothing is run.

mod machine;
mod storage;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use kinora_wire::Failure;
use memmap2::Mmap;
use safetensors::Dtype;
use safetensors::tensor::View;

use crate::ffi;
use machine::{Machine, Node, NodeId};
use storage::{Storages, open_storages};

/// The deepest nesting of dictionaries and lists.
const DEEPEST: usize = 16;
/// Most axes of a tensor.
const MOST_AXES: usize = 16;
/// Most values that are looked at. Lists may hold one list many times, and that another one.
const MOST_VISITS: usize = 2_000_000;

/// What was converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Converted {
    /// Tensors written.
    pub tensors: usize,
    /// Numbers and texts that stayed behind: safetensors holds tensors alone.
    pub left_behind: usize,
}

/// Converts a file. Names of nested dictionaries are joined with dots. The new file appears under its name when it is
/// whole.
///
/// # Errors
/// The file names anything but tensors, is damaged, or holds no tensors; the new file exists or cannot be written.
pub fn convert(from: &Path, to: &Path) -> Result<Converted, Failure> {
    if to.exists() {
        return Err(Failure::refused(
            format!("{} is there already", to.display()),
            "name another file; none is overwritten",
        ));
    }
    let map = File::open(from).and_then(|file| ffi::map_file(&file));
    let map: Mmap = map.map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be opened: {error}", from.display()),
            "check the path and its permissions",
        )
    })?;
    let (tensors, left_behind) = read(&map).map_err(|why| {
        Failure::bad_file(
            format!("{} cannot be converted: {why}", from.display()),
            "fetch it again, or use the same model as .safetensors",
        )
    })?;
    let count = tensors.len();
    write(tensors, to)?;
    Ok(Converted {
        tensors: count,
        left_behind,
    })
}

fn write(tensors: BTreeMap<String, PickledTensor>, to: &Path) -> Result<(), Failure> {
    let temporary = to.with_extension("safetensors.part");
    let none: Option<std::collections::HashMap<String, String>> = None;
    let written = safetensors::serialize_to_file(tensors, none, &temporary)
        .map_err(|error| error.to_string())
        .and_then(|()| {
            let settled = File::open(&temporary).and_then(|file| file.sync_all());
            let settled = settled.and_then(|()| std::fs::rename(&temporary, to));
            settled.map_err(|error| error.to_string())
        });
    written.map_err(|why| {
        std::fs::remove_file(&temporary).ok();
        Failure::bad_file(
            format!("{} cannot be written: {why}", to.display()),
            "check the folder, its permissions and the room on the disk",
        )
    })
}

/// A tensor of such a file, by its place in a storage.
#[derive(Debug)]
struct PickledTensor<'m> {
    storage: &'m [u8],
    dtype: Dtype,
    shape: Vec<usize>,
    /// The first number, and the distance between neighbours along each axis, in numbers.
    offset: usize,
    strides: Vec<usize>,
}

impl PickledTensor<'_> {
    fn number_bytes(&self) -> usize {
        self.dtype.bitsize() / 8
    }

    fn count(&self) -> usize {
        self.shape.iter().product()
    }

    fn is_contiguous(&self) -> bool {
        let mut wanted = 1;
        let axes = self.shape.iter().zip(&self.strides).rev();
        axes.fold(true, |is_so, (&length, &stride)| {
            let is_next = length == 1 || stride == wanted;
            wanted *= length;
            is_so && is_next
        })
    }

    /// An error if any number lies outside the storage.
    fn check(&self) -> Result<(), String> {
        let extent = (|| {
            let mut last = self.offset;
            let mut count = 1usize;
            for (&length, &stride) in self.shape.iter().zip(&self.strides) {
                count = count.checked_mul(length)?;
                last = last.checked_add(length.saturating_sub(1).checked_mul(stride)?)?;
            }
            let end = last.checked_add(1)?.checked_mul(self.number_bytes())?;
            let is_inside = count == 0 || end <= self.storage.len();
            is_inside.then_some(count.checked_mul(self.number_bytes())?)
        })();
        let bytes = extent.ok_or_else(|| {
            format!(
                "a tensor of shape {:?} lies outside the file's numbers",
                self.shape
            )
        })?;
        // A stride of zero repeats numbers: what is written may not be larger than what was read.
        match bytes <= self.storage.len() {
            true => Ok(()),
            false => Err(format!(
                "a tensor of shape {:?} repeats numbers, as `expand` does; save it with `contiguous()`",
                self.shape
            )),
        }
    }
}

impl View for PickledTensor<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let bytes = self.number_bytes();
        if self.count() == 0 {
            return Cow::Borrowed(&[]);
        }
        if self.is_contiguous() {
            let start = self.offset * bytes;
            return Cow::Borrowed(&self.storage[start..start + self.count() * bytes]);
        }
        let mut data = Vec::with_capacity(self.count() * bytes);
        let mut at = vec![0; self.shape.len()];
        for _ in 0..self.count() {
            let moved = at
                .iter()
                .zip(&self.strides)
                .map(|(index, stride)| index * stride);
            let start = (self.offset + moved.sum::<usize>()) * bytes;
            data.extend_from_slice(&self.storage[start..start + bytes]);
            for axis in (0..at.len()).rev() {
                at[axis] += 1;
                if at[axis] < self.shape[axis] {
                    break;
                }
                at[axis] = 0;
            }
        }
        Cow::Owned(data)
    }

    fn data_len(&self) -> usize {
        self.count() * self.number_bytes()
    }
}

/// All tensors by name, and the number of other values.
fn read(file: &[u8]) -> Result<(BTreeMap<String, PickledTensor<'_>>, usize), String> {
    let (machine, root, storages) = open_storages(file)?;
    let mut found = Found {
        machine: &machine,
        storages: &storages,
        tensors: BTreeMap::new(),
        left_behind: 0,
        visits_left: MOST_VISITS,
    };
    found.collect(root, "", DEEPEST)?;
    match found.tensors.is_empty() {
        true => Err("it holds no tensors".into()),
        false => Ok((found.tensors, found.left_behind)),
    }
}

/// Walks through nested dictionaries and lists.
struct Found<'f, 'm> {
    machine: &'f Machine,
    storages: &'f Storages<'m>,
    tensors: BTreeMap<String, PickledTensor<'m>>,
    left_behind: usize,
    visits_left: usize,
}

impl Found<'_, '_> {
    fn collect(&mut self, node: NodeId, name: &str, depth: usize) -> Result<(), String> {
        let joined = |part: &str| match name.is_empty() {
            true => part.to_owned(),
            false => format!("{name}.{part}"),
        };
        if depth == 0 {
            return Err(format!("{name} is nested too deeply"));
        }
        self.visits_left = self
            .visits_left
            .checked_sub(1)
            .ok_or("its lists hold too much")?;
        let machine = self.machine;
        match machine.node(node) {
            Node::Dictionary(entries) => {
                for &(key, value) in entries {
                    match machine.node(key) {
                        Node::Text(key) => self.collect(value, &joined(key), depth - 1)?,
                        Node::Integer(key) => {
                            self.collect(value, &joined(&key.to_string()), depth - 1)?;
                        }
                        _ => self.left_behind += 1,
                    }
                }
            }
            Node::List(items) | Node::Tuple(items) => {
                for (at, &item) in items.iter().enumerate() {
                    self.collect(item, &joined(&at.to_string()), depth - 1)?;
                }
            }
            Node::Tensor {
                storage,
                offset,
                shape,
                strides,
            } => {
                let tensor = self.tensor(*storage, *offset, (shape, strides));
                let tensor = tensor.map_err(|why| format!("{name}: {why}"))?;
                if self.tensors.insert(name.to_owned(), tensor).is_some() {
                    return Err(format!("{name} is there twice"));
                }
            }
            _ => self.left_behind += 1,
        }
        Ok(())
    }
}

impl<'m> Found<'_, 'm> {
    fn tensor(
        &self,
        storage: NodeId,
        offset: i64,
        (shape, strides): (&[i64], &[i64]),
    ) -> Result<PickledTensor<'m>, String> {
        let Node::Storage { key, dtype } = self.machine.node(storage) else {
            return Err("its numbers are not described".into());
        };
        let bytes = self.storages.bytes(key)?;
        let whole = |numbers: &[i64]| -> Result<Vec<usize>, String> {
            let numbers = numbers.iter().map(|&number| usize::try_from(number));
            numbers
                .collect::<Result<_, _>>()
                .map_err(|_| "a negative size".into())
        };
        if shape.len() != strides.len() || shape.len() > MOST_AXES {
            return Err("its shape makes no sense".into());
        }
        let tensor = PickledTensor {
            storage: bytes,
            dtype: *dtype,
            shape: whole(shape)?,
            offset: usize::try_from(offset).map_err(|_| "a negative offset")?,
            strides: whole(strides)?,
        };
        tensor.check()?;
        Ok(tensor)
    }
}

#[cfg(test)]
mod tests;
