//! Where a picture lies in a frame: pixel on pixel where it can, else looked up through the way back from the
//! frame to the picture.

use kinora_timeline::clip::Transform;

use crate::media::Picture;

/// Where a picture lies.
pub enum Place {
    /// Unscaled and unturned, its corner on a pixel.
    Pixels {
        /// Of its left edge.
        left: i64,
        /// Of its top edge.
        top: i64,
    },
    /// Anywhere else.
    Anywhere(Sampled),
}

/// The way from the frame back into the picture.
pub struct Sampled {
    /// Of the picture's middle, in the frame.
    middle: [f32; 2],
    /// Half the picture's size.
    half: [f32; 2],
    /// Pixels of the frame to one of the picture.
    scale: f32,
    cosine: f32,
    sine: f32,
    /// What is left of the picture: left, top, right, bottom, in its pixels.
    shown: [f32; 4],
}

impl Place {
    /// A picture fitted into a frame and then transformed.
    pub fn of(frame: [u32; 2], picture: &Picture, transform: &Transform) -> Self {
        let [width, height] = frame.map(|side| side as f32);
        let [across, down] = [picture.width, picture.height].map(|side| side as f32);
        let scale = (width / across).min(height / down) * transform.scale;
        let middle = [
            width * (0.5 + transform.position.0),
            height * (0.5 + transform.position.1),
        ];
        let corner = [middle[0] - across / 2.0, middle[1] - down / 2.0];
        let is_on_pixels = corner.iter().all(|place| place.fract() == 0.0);
        let is_whole = transform.crop == Transform::default().crop;
        #[expect(
            clippy::float_cmp,
            reason = "only what is exactly unscaled lies pixel on pixel"
        )]
        let is_as_it_is = scale == 1.0 && transform.rotation_degrees == 0.0;
        if is_as_it_is && is_on_pixels && is_whole {
            return Self::Pixels {
                left: corner[0] as i64,
                top: corner[1] as i64,
            };
        }
        let (sine, cosine) = transform.rotation_degrees.to_radians().sin_cos();
        let (left, top, right, bottom) = transform.crop;
        Self::Anywhere(Sampled {
            middle,
            half: [across / 2.0, down / 2.0],
            scale,
            cosine,
            sine,
            shown: [
                left * across,
                top * down,
                (1.0 - right) * across,
                (1.0 - bottom) * down,
            ],
        })
    }
}

impl Sampled {
    /// What lies over a place of the frame; `None` outside. Edges cover the pixels they cross in part.
    pub fn at(&self, picture: &Picture, x: f32, y: f32) -> Option<[u8; 4]> {
        let (x, y) = (x - self.middle[0], y - self.middle[1]);
        let across = (x * self.cosine + y * self.sine) / self.scale + self.half[0];
        let down = (y * self.cosine - x * self.sine) / self.scale + self.half[1];
        let [left, top, right, bottom] = self.shown;
        let inside = (across - left)
            .min(right - across)
            .min(down - top)
            .min(bottom - down);
        let covers = (inside * self.scale + 0.5).clamp(0.0, 1.0);
        let is_there = covers > 0.0 && right > left && bottom > top; // also false for what is not a number
        if !is_there {
            return None;
        }
        let within =
            |place: f32, low: f32, high: f32| (place - 0.5).clamp(low, (high - 1.0).max(low));
        let mut pixel = between_four(
            picture,
            within(across, left, right),
            within(down, top, bottom),
        );
        pixel[3] = (f32::from(pixel[3]) * covers).round() as u8;
        Some(pixel)
    }
}

/// The four pixels around a place, each the more the nearer it is.
fn between_four(picture: &Picture, x: f32, y: f32) -> [u8; 4] {
    let last = [picture.width - 1, picture.height - 1];
    let (left, top) = ((x as u32).min(last[0]), (y as u32).min(last[1]));
    let (right, bottom) = ((left + 1).min(last[0]), (top + 1).min(last[1]));
    let (part_x, part_y) = (x - left as f32, y - top as f32);
    let corners = [
        (left, top, (1.0 - part_x) * (1.0 - part_y)),
        (right, top, part_x * (1.0 - part_y)),
        (left, bottom, (1.0 - part_x) * part_y),
        (right, bottom, part_x * part_y),
    ];
    let mut sums = [0.0; 4];
    for (x, y, share) in corners {
        let pixel = picture.pixel(x, y);
        // A colour counts as much as it covers; otherwise letters would get dark edges.
        let covers = share * f32::from(pixel[3]);
        for (sum, byte) in sums.iter_mut().zip(pixel).take(3) {
            *sum += covers * f32::from(byte);
        }
        sums[3] += covers;
    }
    let all = sums[3];
    let colour = |sum: f32| match all > 0.0 {
        true => (sum / all).round() as u8,
        false => 0,
    };
    [
        colour(sums[0]),
        colour(sums[1]),
        colour(sums[2]),
        all.round() as u8,
    ]
}
