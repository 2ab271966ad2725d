// Blends a layer over a frame: a picture, title or fade with position, scale, rotation, crop, exposure and opacity.
// Integers only, the same arithmetic as on the CPU (render/src/compose/processor.rs), so that both draw the same pixels.
// Positions are in units of 1/65536 pixel; a pixel is four bytes in a u32, red lowest.

struct Layer {
    frame: vec2<u32>,
    picture: vec2<u32>,
    // The step in the picture from one pixel of a row to the next: x and y.
    step: vec2<i32>,
    // The distance from its edge within which the picture covers a pixel in part.
    half_edge: i32,
    // From 0 to 255.
    opacity: u32,
    // The picture's rectangle after the crop: left, top, right, bottom.
    shown: vec4<i32>,
    // The range of pixel centres to sample, minus half a pixel: first and last x, first and last y.
    middles: vec4<i32>,
    // The exposure table: the result for each byte of a colour, four bytes in a u32.
    light: array<vec4<u32>, 16>,
}

// The pixels of a frame's row that the picture covers: from `first` up to `end`; `at` is the first one's position in
// the picture.
struct Row {
    first: u32,
    end: u32,
    at: vec2<i32>,
}

@group(0) @binding(0) var<uniform> layer: Layer;
@group(0) @binding(1) var<storage, read> picture: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<Row>;
@group(0) @binding(3) var<storage, read_write> frame: array<u32>;

fn byte_of(pixel: u32, at: u32) -> u32 {
    return (pixel >> (8u * at)) & 255u;
}

// The table holds the sRGB transfer function (IEC 61966-2-1) and the stops.
fn lit(byte: u32) -> u32 {
    return byte_of(layer.light[byte >> 4u][(byte >> 2u) & 3u], byte & 3u);
}

// The two pixels around a position along one axis, and the weight of the second, of 256.
fn around(at: i32, low: i32, high: i32, last: u32) -> vec3<u32> {
    let middle = u32(clamp(at - 32768, low, high));
    let before = min(middle >> 16u, last);
    return vec3<u32>(before, min(before + 1u, last), (middle & 0xffffu) >> 8u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = rows[min(id.y, layer.frame.y - 1u)];
    if id.y >= layer.frame.y || id.x < row.first || id.x >= row.end {
        return;
    }
    let at = row.at + layer.step * i32(id.x - row.first);

    let from_edges = vec4<i32>(at - layer.shown.xy, layer.shown.zw - at);
    let inside = min(min(from_edges.x, from_edges.y), min(from_edges.z, from_edges.w));
    let edge = 2u * u32(layer.half_edge);
    let covers = (min(u32(max(inside + layer.half_edge, 0)), edge) * 255u + edge / 2u) / edge;

    let x = around(at.x, layer.middles.x, layer.middles.y, layer.picture.x - 1u);
    let y = around(at.y, layer.middles.z, layer.middles.w, layer.picture.y - 1u);
    let corners = array<u32, 4>(
        picture[y.x * layer.picture.x + x.x],
        picture[y.x * layer.picture.x + x.y],
        picture[y.y * layer.picture.x + x.x],
        picture[y.y * layer.picture.x + x.y],
    );
    let shares = array<u32, 4>(
        (256u - x.z) * (256u - y.z),
        x.z * (256u - y.z),
        (256u - x.z) * y.z,
        x.z * y.z,
    );
    var sums = vec3<u32>(0u);
    var all = 0u;
    for (var i = 0u; i < 4u; i += 1u) {
        let pixel = corners[i];
        let counts = shares[i] * byte_of(pixel, 3u);
        sums += counts * vec3<u32>(byte_of(pixel, 0u), byte_of(pixel, 1u), byte_of(pixel, 2u));
        all += counts;
    }
    if all == 0u {
        return;
    }
    let colour = (sums + vec3<u32>(all / 2u)) / vec3<u32>(all);
    let alpha = (((all + 0x8000u) >> 16u) * covers + 127u) / 255u;
    let share = (alpha * layer.opacity + 127u) / 255u;

    let place = id.y * layer.frame.x + id.x;
    let below = frame[place];
    var mixed = 0xff000000u;
    for (var i = 0u; i < 3u; i += 1u) {
        let byte = (byte_of(below, i) * (255u - share) + lit(colour[i]) * share + 127u) / 255u;
        mixed |= byte << (8u * i);
    }
    frame[place] = mixed;
}
