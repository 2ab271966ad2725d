//! A request made ready for work: its model is found and opened, what it leaves out is filled in, its device is chosen.
//! Jobs and estimates begin with it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kinora_wire::{
    Device as DeviceInfo, DeviceKind, Failure, Generation, MEMORY_VARIABLE, size_bytes,
};
use tch::Device;

use crate::device;
use crate::library::Library;
use crate::model::Model;
use crate::plan::Plan;

/// A request that is ready for work.
#[derive(Debug)]
pub struct Prepared {
    /// The user's library.
    pub library: Library,
    /// The model.
    pub model: Model,
    /// The complete request, which the model can carry out.
    pub plan: Plan,
    /// The device.
    pub device: Device,
    /// The device as it is reported.
    pub info: DeviceInfo,
}

impl Prepared {
    /// Makes a request ready. Only the headers of files are read.
    pub fn of(request: &Generation) -> Result<Self, Failure> {
        let request = &Generation {
            memory_limit_bytes: memory_limit_bytes(request)?,
            ..request.clone()
        };
        let library = Library::of_user();
        let request = &library.with_lora_paths(request);
        let model = library.open(request.model.as_deref())?;
        let plan = model.plan(request, &|ability| library.models_with(ability))?;
        let (device, info) = chosen_device(request.device.as_deref())?;
        Ok(Self {
            library,
            model,
            plan,
            device,
            info,
        })
    }
}

/// The memory that was free on each device at its first use, in bytes, by device id. Later figures are too low, since
/// libtorch keeps freed GPU memory for itself, and networks stay loaded. Copies share what they know.
#[derive(Clone, Debug, Default)]
pub struct FreeMemory(Arc<Mutex<BTreeMap<String, u64>>>);

impl FreeMemory {
    /// What was free when the device was first used, which may be now.
    pub fn at_first_use(&self, device: &DeviceInfo) -> u64 {
        let mut known = self.lock();
        let known = known.entry(device.id.clone());
        *known.or_insert(device.memory_free_bytes)
    }

    /// What would be free if the device were used now.
    pub fn expected(&self, device: &DeviceInfo) -> u64 {
        let known = self.lock().get(&device.id).copied();
        known.unwrap_or(device.memory_free_bytes)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The limit of a request, or else that of the environment.
fn memory_limit_bytes(request: &Generation) -> Result<Option<u64>, Failure> {
    if request.memory_limit_bytes.is_some() {
        return Ok(request.memory_limit_bytes);
    }
    let written = std::env::var(MEMORY_VARIABLE).unwrap_or_default();
    if written.is_empty() {
        return Ok(None);
    }
    let bytes = size_bytes(&written).map_err(|why| {
        let remedy = format!("change {MEMORY_VARIABLE}, or remove it");
        Failure::refused(format!("{MEMORY_VARIABLE}: {why}"), remedy)
    })?;
    Ok(Some(bytes))
}

/// The device with this id. `None`: the first graphics card, or the CPU if there is none.
pub fn chosen_device(wanted: Option<&str>) -> Result<(Device, DeviceInfo), Failure> {
    let (devices, _) = device::find();
    let names: Vec<String> = devices.iter().map(|device| device.id.clone()).collect();
    let found = match wanted {
        None => {
            let is_card = |device: &&DeviceInfo| device.kind == DeviceKind::Cuda;
            devices.iter().find(is_card).or(devices.first()).cloned()
        }
        Some("cuda") => devices
            .into_iter()
            .find(|device| device.kind == DeviceKind::Cuda),
        Some(name) => devices.into_iter().find(|device| device.id == name),
    };
    let info = found.ok_or_else(|| {
        Failure::refused(
            format!("there is no device {}", wanted.unwrap_or("at all")),
            format!(
                "use one of: {}; `kinora doctor` shows why a graphics card is not found",
                names.join(", ")
            ),
        )
    })?;
    let number = info
        .id
        .strip_prefix("cuda:")
        .and_then(|number| number.parse().ok());
    Ok((number.map_or(Device::Cpu, Device::Cuda), info))
}
