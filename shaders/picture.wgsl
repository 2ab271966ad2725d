// Draws a picture on a rectangle, with exposure in stops, for the window's viewer.
// Exposure is applied in linear light: the texture view decodes sRGB, and this encodes it again
// if the target does not.

struct Look {
    // The visible part of the texture: left, top, right, bottom, each from 0 to 1.
    crop: vec4<f32>,
    // +1 doubles the light, -1 halves it.
    exposure_stops: f32,
    // 1 if the shader must encode sRGB, 0 if the target does.
    encode_srgb: f32,
    // Uniform buffers come in steps of 16 bytes.
    unused: vec2<f32>,
}

@group(0) @binding(0) var<uniform> look: Look;
@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var smooth_sampler: sampler;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) in_picture: vec2<f32>,
}

// Four corners as a triangle strip, without a vertex buffer.
@vertex
fn corner(@builtin(vertex_index) index: u32) -> Corner {
    let right_down = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    var out: Corner;
    out.position = vec4<f32>(right_down.x * 2.0 - 1.0, 1.0 - right_down.y * 2.0, 0.0, 1.0);
    out.in_picture = mix(look.crop.xy, look.crop.zw, right_down);
    return out;
}

@fragment
fn light(in: Corner) -> @location(0) vec4<f32> {
    let linear = textureSample(picture, smooth_sampler, in.in_picture).rgb * exp2(look.exposure_stops);
    return vec4<f32>(mix(linear, srgb_from_linear(linear), look.encode_srgb), 1.0);
}

// IEC 61966-2-1.
fn srgb_from_linear(linear: vec3<f32>) -> vec3<f32> {
    let clamped = clamp(linear, vec3<f32>(0.0), vec3<f32>(1.0));
    let low = clamped * 12.92;
    let high = 1.055 * pow(clamped, vec3<f32>(1.0 / 2.4)) - 0.055;
    return select(high, low, clamped <= vec3<f32>(0.0031308));
}
