//! What the layers keep of a clip between its pieces: frames that their next outputs need, and inputs that wait for
//! outputs.

use std::collections::{BTreeMap, BTreeSet};

use tch::{Device, Tensor};

/// The memory of the layers of one half during one clip, by the numbers of their places.
#[derive(Debug, Default)]
pub struct Memory {
    held: BTreeMap<usize, Tensor>,
    begun: BTreeSet<usize>,
}

impl Memory {
    /// What was held at this place. Nothing at the start of a clip.
    pub fn take(&mut self, place: usize) -> Option<Tensor> {
        self.held.remove(&place)
    }

    /// Holds a copy of the last frames, so that the rest of the piece can be freed.
    pub fn hold(&mut self, place: usize, x: &Tensor, count: i64) {
        let last = x.narrow(2, x.size()[2] - count, count).copy();
        self.held.insert(place, last);
    }

    /// Whether this is the first call for this place.
    pub fn is_first(&mut self, place: usize) -> bool {
        self.begun.insert(place)
    }

    /// Runs the convolutions of a layer on `x`, and pairs their output with the input frames that it belongs to. Input
    /// frames without an output yet wait here.
    pub fn paired(
        &mut self,
        place: usize,
        x: &Tensor,
        layer: impl FnOnce(&mut Self) -> Option<Tensor>,
    ) -> Option<[Tensor; 2]> {
        let waiting = match self.take(place) {
            Some(before) => Tensor::cat(&[&before, x], 2),
            None => x.shallow_clone(),
        };
        let output = layer(self);
        let count = output.as_ref().map_or(0, |output| output.size()[2]);
        let rest = waiting.size()[2] - count;
        if rest > 0 {
            self.hold(place, &waiting, rest);
        }
        output.map(|output| [output, waiting.narrow(2, 0, count)])
    }

    /// As [`Self::paired`], for the inputs that wait when a clip ends.
    pub fn rest(
        &mut self,
        place: usize,
        layer: impl FnOnce(&mut Self) -> Option<Tensor>,
    ) -> Option<[Tensor; 2]> {
        let waiting = self.take(place)?;
        layer(self).map(|output| [output, waiting])
    }

    /// Moves all frames to a device.
    pub fn move_to(&mut self, device: Device) {
        for held in self.held.values_mut() {
            *held = held.to_device(device);
        }
    }
}

/// Numbers the places of a half while it is built.
#[derive(Debug, Default)]
pub struct Places(usize);

impl Places {
    /// A place of its own.
    pub fn another(&mut self) -> usize {
        self.0 += 1;
        self.0
    }
}
