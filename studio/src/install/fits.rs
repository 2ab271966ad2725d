//! Whether a release fits a machine: the memory that it is meant for, against the memory of the device.

use kinora_wire::{Device, DeviceKind};

use super::release::Release;

/// A card of 24 GB reports a little less than its name says.
const LEAST_SHARE: f64 = 0.92;

/// How a release fits a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The device has the memory that it is meant for.
    Fits,
    /// It is meant for more memory, in gigabytes. It may still run, slowly.
    WantsMore(u32),
    /// There is no graphics card: it runs on the processor, very slowly.
    NoCard,
    /// The devices are not known yet.
    Unknown,
}

impl Fit {
    /// How a release fits this device.
    pub fn of(release: &Release, device: Option<&Device>) -> Self {
        let Some(device) = device else {
            return Self::Unknown;
        };
        if device.kind == DeviceKind::Cpu {
            return Self::NoCard;
        }
        let wanted_bytes = f64::from(release.tier_gb) * 1e9 * LEAST_SHARE;
        match device.memory_total_bytes as f64 >= wanted_bytes {
            true => Self::Fits,
            false => Self::WantsMore(release.tier_gb),
        }
    }

    /// In words.
    pub fn text(self) -> String {
        match self {
            Self::Fits => "fits this machine".into(),
            Self::WantsMore(tier_gb) => format!("made for a card with {tier_gb} GB"),
            Self::NoCard => "very slow without a graphics card".into(),
            Self::Unknown => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install::catalogue::Catalogue;

    #[test]
    fn a_release_fits_a_card_of_its_tier_and_larger_ones() {
        let catalogue = Catalogue::built_in();
        let mut release = catalogue.releases()[0].clone();
        release.tier_gb = 24;
        let device = |kind, gigabytes: f64| Device {
            id: "cuda:0".into(),
            name: "a card".into(),
            kind,
            memory_total_bytes: (gigabytes * 1e9) as u64,
            memory_free_bytes: 0,
            card: None,
        };
        let fit = |kind, gigabytes| Fit::of(&release, Some(&device(kind, gigabytes)));
        assert_eq!(fit(DeviceKind::Cuda, 23.6), Fit::Fits);
        assert_eq!(fit(DeviceKind::Cuda, 80.0), Fit::Fits);
        assert_eq!(fit(DeviceKind::Cuda, 16.0), Fit::WantsMore(24));
        assert_eq!(fit(DeviceKind::Cpu, 256.0), Fit::NoCard);
        assert_eq!(Fit::of(&release, None), Fit::Unknown);
    }
}
