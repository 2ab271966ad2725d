// Cross-dissolve from the picture before a cut to the one after it. Integers, as on the CPU.

struct Transition {
    size: vec2<u32>,
    // The weight of the picture after the cut, from 0 to 255.
    share: u32,
    unused: u32,
}

@group(0) @binding(0) var<uniform> transition: Transition;
@group(0) @binding(1) var<storage, read> after: array<u32>;
@group(0) @binding(2) var<storage, read_write> frame: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= transition.size.x || id.y >= transition.size.y {
        return;
    }
    let place = id.y * transition.size.x + id.x;
    let one = frame[place];
    let other = after[place];
    var mixed = 0xff000000u;
    for (var shift = 0u; shift < 24u; shift += 8u) {
        let sum = ((one >> shift) & 255u) * (255u - transition.share) + ((other >> shift) & 255u) * transition.share;
        mixed |= ((sum + 127u) / 255u) << shift;
    }
    frame[place] = mixed;
}
