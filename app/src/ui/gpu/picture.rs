//! Draws a picture with exposure over a rectangle, by `shaders/picture.wgsl`. Used for the welcome page.

use eframe::egui_wgpu::{self, CallbackResources, CallbackTrait, RenderState};
use eframe::wgpu;
use egui::{PaintCallbackInfo, Rect, Ui};

use super::shader::Shader;

/// The shader.
pub const SHADER: Shader = Shader {
    name: "picture.wgsl",
    embedded: include_str!("../../../../shaders/picture.wgsl"),
};

const WELCOME_PNG: &[u8] = include_bytes!("../../../../assets/images/welcome.png");
/// The size of the uniform `Look` of the shader: four corners (two numbers each), exposure, a switch, padding.
const LOOK_BYTES: u64 = 32;

/// The decoded picture of the welcome page. Slow: not for the window's thread.
pub fn decode_welcome() -> image::ImageResult<image::RgbaImage> {
    Ok(image::load_from_memory_with_format(WELCOME_PNG, image::ImageFormat::Png)?.into_rgba8())
}

/// The picture, the pipeline and their bindings on the GPU.
struct OnCard {
    layout: wgpu::PipelineLayout,
    pipeline: wgpu::RenderPipeline,
    group: wgpu::BindGroup,
    look: wgpu::Buffer,
    target: wgpu::TextureFormat,
    width_over_height: f32,
}

/// Uploads the picture. Before that, [`paint`] draws nothing.
pub fn install(render: &RenderState, picture: &image::RgbaImage) {
    let device = &render.device;
    let group_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("picture"),
        entries: &[
            entry(
                0,
                wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Uniform,
                    has_dynamic_offset: false,
                    min_binding_size: wgpu::BufferSize::new(LOOK_BYTES),
                },
            ),
            entry(
                1,
                wgpu::BindingType::Texture {
                    sample_type: wgpu::TextureSampleType::Float { filterable: true },
                    view_dimension: wgpu::TextureViewDimension::D2,
                    multisampled: false,
                },
            ),
            entry(
                2,
                wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
            ),
        ],
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("picture"),
        bind_group_layouts: &[Some(&group_layout)],
        immediate_size: 0,
    });
    let look = device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("picture look"),
        size: LOOK_BYTES,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
        mag_filter: wgpu::FilterMode::Linear,
        min_filter: wgpu::FilterMode::Linear,
        ..Default::default()
    });
    let texture = upload(render, picture);
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("picture"),
        layout: &group_layout,
        entries: &[
            wgpu::BindGroupEntry {
                binding: 0,
                resource: look.as_entire_binding(),
            },
            wgpu::BindGroupEntry {
                binding: 1,
                resource: wgpu::BindingResource::TextureView(&texture),
            },
            wgpu::BindGroupEntry {
                binding: 2,
                resource: wgpu::BindingResource::Sampler(&sampler),
            },
        ],
    });
    let target = render.target_format;
    let on_card = OnCard {
        pipeline: pipeline(device, &layout, target, SHADER.embedded),
        layout,
        group,
        look,
        target,
        width_over_height: picture.width() as f32 / picture.height() as f32,
    };
    render.renderer.write().callback_resources.insert(on_card);
}

/// Replaces the shader by `text`, which must be validated.
pub fn replace_shader(render: &RenderState, text: &str) {
    if let Some(on_card) = render
        .renderer
        .write()
        .callback_resources
        .get_mut::<OnCard>()
    {
        on_card.pipeline = pipeline(&render.device, &on_card.layout, on_card.target, text);
    }
}

/// Fills `rect` with the picture, cropped to its aspect ratio.
pub fn paint(ui: &Ui, rect: Rect, exposure_stops: f32) {
    ui.painter().add(egui_wgpu::Callback::new_paint_callback(
        rect,
        Painting {
            rect,
            exposure_stops,
        },
    ));
}

struct Painting {
    rect: Rect,
    exposure_stops: f32,
}

impl CallbackTrait for Painting {
    fn prepare(
        &self,
        _device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &egui_wgpu::ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(on_card) = resources.get::<OnCard>() {
            let [left, top, right, bottom] =
                crop_to_fill(self.rect.aspect_ratio(), on_card.width_over_height);
            let encode_srgb = if on_card.target.is_srgb() { 0.0 } else { 1.0 };
            let look = [
                left,
                top,
                right,
                bottom,
                self.exposure_stops,
                encode_srgb,
                0.0,
                0.0_f32,
            ];
            let bytes: Vec<u8> = look
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect();
            queue.write_buffer(&on_card.look, 0, &bytes);
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        if let Some(on_card) = resources.get::<OnCard>() {
            pass.set_pipeline(&on_card.pipeline);
            pass.set_bind_group(0, &on_card.group, &[]);
            pass.draw(0..4, 0..1);
        }
    }
}

/// The middle part of a picture with the aspect ratio of a rectangle, as fractions: left, top, right, bottom.
fn crop_to_fill(place_width_over_height: f32, picture_width_over_height: f32) -> [f32; 4] {
    let ratio = place_width_over_height / picture_width_over_height;
    let (width, height) = if ratio < 1.0 {
        (ratio, 1.0)
    } else {
        (1.0, 1.0 / ratio)
    };
    [
        (1.0 - width) / 2.0,
        (1.0 - height) / 2.0,
        f32::midpoint(1.0, width),
        f32::midpoint(1.0, height),
    ]
}

fn entry(binding: u32, ty: wgpu::BindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
        ty,
        count: None,
    }
}

fn upload(render: &RenderState, picture: &image::RgbaImage) -> wgpu::TextureView {
    let size = wgpu::Extent3d {
        width: picture.width(),
        height: picture.height(),
        depth_or_array_layers: 1,
    };
    let texture = render.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("picture"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8UnormSrgb,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let rows = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(4 * size.width),
        rows_per_image: None,
    };
    render
        .queue
        .write_texture(texture.as_image_copy(), picture.as_raw(), rows, size);
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

fn pipeline(
    device: &wgpu::Device,
    layout: &wgpu::PipelineLayout,
    target: wgpu::TextureFormat,
    text: &str,
) -> wgpu::RenderPipeline {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(SHADER.name),
        source: wgpu::ShaderSource::Wgsl(text.into()),
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("picture"),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("corner"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..Default::default()
        },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("light"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(target.into())],
        }),
        multiview_mask: None,
        cache: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_place_shows_the_middle_of_a_wide_picture() {
        let shown =
            |place, picture| crop_to_fill(place, picture).map(|side| (side * 100.0).round() as i32);
        assert_eq!(shown(1.0, 2.0), [25, 0, 75, 100]);
        assert_eq!(shown(2.0, 1.0), [0, 25, 100, 75]);
    }

    #[test]
    fn the_welcome_picture_can_be_decoded() {
        assert!(decode_welcome().expect("a PNG").width() >= 960);
    }
}
