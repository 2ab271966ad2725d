//! Finding the graphics adapters that can composite.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Held while drivers are loaded and unloaded.
static LOOKING: Mutex<()> = Mutex::new(());

/// A graphics adapter as wgpu sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// The driver's name for it.
    pub name: String,
    /// Its graphics API: "vulkan", "gl", "metal", "dx12".
    pub interface: &'static str,
    /// True if it renders on the CPU.
    pub in_software: bool,
}

/// All adapters, real graphics cards first. Waits for the drivers, so do not call it on the UI thread.
pub fn find() -> Vec<Adapter> {
    let _looking = looking();
    let described = all().into_iter().map(|adapter| {
        let info = adapter.get_info();
        Adapter {
            in_software: is_in_software(&adapter),
            name: info.name,
            interface: info.backend.to_str(),
        }
    });
    described.collect()
}

/// A real graphics card that can compute. Searched once per process; a card plugged in later is found at the next start.
pub(crate) fn graphics_card() -> Option<wgpu::Adapter> {
    static CARD: OnceLock<Option<wgpu::Adapter>> = OnceLock::new();
    let card = CARD.get_or_init(|| {
        let _looking = looking();
        best().filter(|adapter| !is_in_software(adapter))
    });
    card.clone()
}

/// The best adapter that can compute, in software if there is no other.
pub(crate) fn any() -> Option<wgpu::Adapter> {
    let _looking = looking();
    best()
}

/// To be called before the process ends: waits for searches in progress and prevents new ones. A process that exits
/// while a driver is being loaded crashes in it.
pub fn close() {
    std::mem::forget(looking());
}

fn looking() -> MutexGuard<'static, ()> {
    LOOKING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn best() -> Option<wgpu::Adapter> {
    all().into_iter().find(|adapter| {
        let flags = adapter.get_downlevel_capabilities().flags;
        flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS)
    })
}

fn all() -> Vec<wgpu::Adapter> {
    let instance =
        wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let mut found = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    found.sort_by_key(is_in_software);
    found
}

fn is_in_software(adapter: &wgpu::Adapter) -> bool {
    adapter.get_info().device_type == wgpu::DeviceType::Cpu
}
