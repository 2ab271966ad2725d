//! Paints `assets/images/welcome.png`: a landscape at dusk, and a camera path with its keyframes above it. Run
//! `cargo run --release --example paint_welcome` in the root of the repository.

use image::{ImageResult, Rgb, RgbImage};

const WIDTH: u32 = 1080;
const HEIGHT: u32 = 864;
/// Samples per pixel, across and down.
const SAMPLES: u32 = 3;

type Light = [f32; 3];

fn main() -> ImageResult<()> {
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let mut sum = [0.0; 3];
        for sample in 0..SAMPLES * SAMPLES {
            let offset = |n: u32| (n as f32 + 0.5) / SAMPLES as f32;
            let across = (x as f32 + offset(sample % SAMPLES)) / WIDTH as f32;
            let down = (y as f32 + offset(sample / SAMPLES)) / HEIGHT as f32;
            sum = add(sum, light_at(across, down));
        }
        let mean = sum.map(|channel| channel / (SAMPLES * SAMPLES) as f32);
        Rgb(mean.map(|linear| (srgb_from_linear(linear) * 255.0).round() as u8))
    });
    picture.save("assets/images/welcome.png")
}

/// Linear light at a position in the picture; both coordinates run from 0 to 1.
fn light_at(across: f32, down: f32) -> Light {
    let mut light = sky(across, down);
    for ridge in 0..5 {
        let far = 1.0 - ridge as f32 / 4.0;
        if down > ridge_line(across, ridge) {
            light = land(across, down, ridge, far);
        }
    }
    for (place, size, colour) in [
        (0.36, 0.060, hex(0xd8, 0x6a, 0x3a)),
        (0.43, 0.046, hex(0x3f, 0x8f, 0x8a)),
    ] {
        light = figure(light, across, down, place, size, colour);
    }
    camera_path(light, across, down)
}

fn sky(across: f32, down: f32) -> Light {
    let stops = [
        (0.00, hex(0x10, 0x14, 0x2b)),
        (0.30, hex(0x2b, 0x2a, 0x55)),
        (0.52, hex(0x7a, 0x45, 0x6a)),
        (0.66, hex(0xd0, 0x6f, 0x5c)),
        (0.78, hex(0xf2, 0xb0, 0x6a)),
    ];
    let mut light = stops[stops.len() - 1].1;
    for pair in stops.windows(2) {
        if down < pair[1].0 {
            light = mix(pair[0].1, pair[1].1, smooth(pair[0].0, pair[1].0, down));
            break;
        }
    }
    let distance = from_sun(across, down);
    let glow = (-distance * 5.5).exp() * 0.55;
    light = add(light, hex(0xff, 0xa8, 0x55).map(|channel| channel * glow));
    mix(
        light,
        hex(0xff, 0xe2, 0xb0),
        1.0 - smooth(0.052, 0.056, distance),
    )
}

fn from_sun(across: f32, down: f32) -> f32 {
    let aspect = WIDTH as f32 / HEIGHT as f32;
    ((across - 0.63) * aspect).hypot(down - 0.60)
}

/// The height of a ridge's top, from 0 to 1; ridge 0 is the farthest.
fn ridge_line(across: f32, ridge: u32) -> f32 {
    let base = [0.665, 0.705, 0.755, 0.825, 0.915][ridge as usize];
    let height = [0.060, 0.050, 0.045, 0.035, 0.030][ridge as usize];
    let waves = [(1.7, 1.0), (3.9, 0.45), (8.3, 0.2), (17.0, 0.08)];
    let sum: f32 = waves
        .iter()
        .map(|(frequency, weight)| {
            weight * (across * frequency * 2.4 + ridge as f32 * 2.17 + weight * 9.0).sin()
        })
        .sum();
    base - height * sum
}

fn land(across: f32, down: f32, ridge: u32, far: f32) -> Light {
    let near = hex(0x14, 0x12, 0x1f);
    let haze = hex(0xb5, 0x62, 0x62);
    let mut light = mix(near, haze, far * far * 0.85);
    // Sunlight on the top of each ridge.
    let below_top = down - ridge_line(across, ridge);
    let rim = (-below_top * 90.0).exp() * (-from_sun(across, down) * 2.2).exp() * 0.55;
    light = add(light, hex(0xff, 0xb0, 0x70).map(|channel| channel * rim));
    let depth = (below_top * 3.0).min(0.5);
    light.map(|channel| channel * (1.0 - depth))
}

/// A standing figure on the fourth ridge, lit from behind.
fn figure(light: Light, across: f32, down: f32, place: f32, size: f32, colour: Light) -> Light {
    let aspect = WIDTH as f32 / HEIGHT as f32;
    let x = (across - place) * aspect / size;
    let y = (down - ridge_line(place, 3)) / size; // 0 at the feet, negative upwards
    let capsule = |x0: f32, y0: f32, x1: f32, y1: f32, radius: f32| {
        let (dx, dy) = (x1 - x0, y1 - y0);
        let along =
            (((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy).max(1e-6)).clamp(0.0, 1.0);
        (x - x0 - along * dx).hypot(y - y0 - along * dy) - radius
    };
    let body = capsule(0.0, -0.55, 0.0, -0.85, 0.24);
    let head = capsule(0.0, -1.30, 0.0, -1.30, 0.20);
    let limbs = [
        (-0.1, -0.4, -0.14, 0.1, 0.085),
        (0.1, -0.4, 0.15, 0.1, 0.085),
        (-0.2, -0.9, -0.38, -0.5, 0.07),
        (0.2, -0.9, 0.42, -1.22, 0.07),
    ]
    .iter()
    .map(|(x0, y0, x1, y1, radius)| capsule(*x0, *y0, *x1, *y1, *radius))
    .fold(f32::MAX, f32::min);
    let dark = colour.map(|channel| channel * 0.22);
    let lit = mix(dark, colour, smooth(-0.15, 0.28, x));
    let light = mix(light, dark, 1.0 - smooth(-0.02, 0.02, limbs));
    mix(light, lit, 1.0 - smooth(-0.02, 0.02, body.min(head)))
}

/// A crane move: a thin curve and its five keyframes.
fn camera_path(light: Light, across: f32, down: f32) -> Light {
    let aspect = WIDTH as f32 / HEIGHT as f32;
    let accent = hex(0xff, 0xd2, 0x92);
    let mut nearest = f32::MAX;
    for step in 0..=160 {
        let (x, y) = path(step as f32 / 160.0);
        nearest = nearest.min(((across - x) * aspect).hypot(down - y));
    }
    let mut light = mix(
        light,
        accent,
        0.75 * (1.0 - smooth(0.0009, 0.0019, nearest)),
    );
    for key in 0..5 {
        let (x, y) = path(key as f32 / 4.0);
        let away = ((across - x) * aspect).abs() + (down - y).abs(); // a diamond, like keyframes in the window
        light = mix(light, accent, 1.0 - smooth(0.0075, 0.0085, away));
    }
    light
}

fn path(along: f32) -> (f32, f32) {
    let points = [(0.10, 0.50), (0.30, 0.16), (0.66, 0.14), (0.92, 0.40)];
    let back = 1.0 - along;
    let weights = [
        back.powi(3),
        3.0 * back * back * along,
        3.0 * back * along * along,
        along.powi(3),
    ];
    points
        .iter()
        .zip(weights)
        .fold((0.0, 0.0), |(x, y), (point, weight)| {
            (x + point.0 * weight, y + point.1 * weight)
        })
}

fn hex(red: u8, green: u8, blue: u8) -> Light {
    [red, green, blue].map(|channel| (f32::from(channel) / 255.0).powf(2.2))
}

fn srgb_from_linear(linear: f32) -> f32 {
    linear.max(0.0).powf(1.0 / 2.2)
}

fn mix(a: Light, b: Light, amount: f32) -> Light {
    std::array::from_fn(|channel| a[channel] + (b[channel] - a[channel]) * amount.clamp(0.0, 1.0))
}

fn add(a: Light, b: Light) -> Light {
    std::array::from_fn(|channel| a[channel] + b[channel])
}

fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
