//! Which graphics adapters can draw the picture.

/// A graphics adapter as wgpu sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// What the driver calls it.
    pub name: String,
    /// The interface it is reached by: "vulkan", "gl", "metal", "dx12".
    pub interface: &'static str,
    /// True if the processor does the drawing.
    pub in_software: bool,
}

/// All adapters, real graphics cards first. Waits for the drivers: not for the window's thread.
pub fn find() -> Vec<Adapter> {
    let instance =
        wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let mut found: Vec<Adapter> =
        pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()))
            .iter()
            .map(|adapter| {
                let info = adapter.get_info();
                Adapter {
                    name: info.name,
                    interface: info.backend.to_str(),
                    in_software: info.device_type == wgpu::DeviceType::Cpu,
                }
            })
            .collect();
    found.sort_by_key(|adapter| adapter.in_software);
    found
}
