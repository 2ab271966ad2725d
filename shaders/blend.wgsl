// A picture laid over a frame: moved, scaled, turned, cropped, brighter or darker, seen through. Titles and fades are
// laid with it too. Whole numbers only, the same as on the processor (render/src/compose/processor.rs), so that both
// draw the same pixels. Places are in parts of 65536 of a pixel; a pixel is four bytes in one number, red lowest.

struct Layer {
    frame: vec2<u32>,
    picture: vec2<u32>,
    // From a pixel of a row to the next one, in the picture.
    step: vec2<i32>,
    // How far from its edge the picture covers a pixel in part.
    half_edge: i32,
    // Of 255.
    opacity: u32,
    // Left, top, right, bottom of what is left after the crop.
    shown: vec4<i32>,
    // The first and last place across that is looked up, then down.
    middles: vec4<i32>,
    // What each byte of a colour becomes; four bytes in a number.
    light: array<vec4<u32>, 16>,
}

// What the picture covers of a row of the frame.
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

// IEC 61966-2-1 and the stops are in the table.
fn lit(byte: u32) -> u32 {
    return byte_of(layer.light[byte >> 4u][(byte >> 2u) & 3u], byte & 3u);
}

// The two pixels around a place along one side, and how near it is to the second, of 256.
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
