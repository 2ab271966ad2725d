// Wipe: the picture after the cut comes in from the left.

struct Transition {
    size: vec2<u32>,
    // Columns of the picture after the cut.
    columns: u32,
    unused: u32,
}

@group(0) @binding(0) var<uniform> transition: Transition;
@group(0) @binding(1) var<storage, read> after: array<u32>;
@group(0) @binding(2) var<storage, read_write> frame: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= transition.columns || id.y >= transition.size.y {
        return;
    }
    let place = id.y * transition.size.x + id.x;
    frame[place] = after[place];
}
