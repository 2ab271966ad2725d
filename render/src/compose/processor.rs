//! Compositing on the CPU. A pixel-aligned picture is blended by whole rows.

use super::place::{ONE, Place};
use super::transition::Transition;
use super::{Canvas, Light, PlacedLayer, Target};
use crate::media::Picture;

/// The frame being drawn, and the picture after the cut during a transition.
pub struct Processor {
    frame: Picture,
    after: Option<Picture>,
}

impl Processor {
    /// A black frame.
    pub fn new(size: [u32; 2]) -> Self {
        Self {
            frame: Picture::plain(size[0], size[1], [0, 0, 0, 255]),
            after: None,
        }
    }

    /// The finished frame.
    pub fn into_picture(self) -> Picture {
        self.frame
    }
}

impl Canvas for Processor {
    fn keep(&mut self) {
        self.after = Some(self.frame.clone());
    }

    fn blend(&mut self, target: Target, layer: &PlacedLayer<'_>) {
        let target = match target {
            Target::Frame => &mut self.frame,
            Target::After => self.after.get_or_insert_with(|| self.frame.clone()),
        };
        match layer.place.on_pixels {
            Some(corner) => blend_aligned(target, layer, corner),
            None => blend_sampled(target, layer),
        }
    }

    fn transition(&mut self, transition: Transition) {
        if let Some(after) = self.after.take() {
            apply_transition(&mut self.frame, &after, transition);
        }
    }
}

/// Blends a pixel-aligned picture; its corner may lie outside the frame.
fn blend_aligned(frame: &mut Picture, layer: &PlacedLayer<'_>, [left, top]: [i64; 2]) {
    let picture = layer.picture;
    let (width, height) = (i64::from(frame.width), i64::from(frame.height));
    let (first, last) = (left.max(0), (left + i64::from(picture.width)).min(width));
    if first >= last {
        return;
    }
    let above_row = picture.width as usize * 4;
    let below_row = frame.width as usize * 4;
    for y in top.max(0)..(top + i64::from(picture.height)).min(height) {
        let from = (y - top) as usize * above_row + (first - left) as usize * 4;
        let length = (last - first) as usize * 4;
        let above = picture.rgba[from..from + length].as_chunks::<4>().0;
        let to = y as usize * below_row + first as usize * 4;
        let below = frame.rgba[to..to + length].as_chunks_mut::<4>().0;
        let covers_all = layer.opacity == 255 && layer.light.is_none();
        if covers_all && above.iter().fold(255, |all, pixel| all & pixel[3]) == 255 {
            below.copy_from_slice(above);
            continue;
        }
        for (below, above) in below.iter_mut().zip(above) {
            over(below, lit(*above, layer.light.as_ref()), layer.opacity);
        }
    }
}

/// Blends a picture by sampling it at each pixel it covers.
fn blend_sampled(frame: &mut Picture, layer: &PlacedLayer<'_>) {
    let PlacedLayer {
        picture,
        place,
        opacity,
        light,
    } = layer;
    let across = frame.width as usize * 4;
    let rows = frame.rgba.chunks_exact_mut(across.max(1));
    for (pixels, row) in rows.zip(&place.rows) {
        let mut at = row.at;
        let covered = row.first as usize * 4..row.end as usize * 4;
        for pixel in pixels[covered].as_chunks_mut::<4>().0 {
            let above = sample(picture, place, at);
            over(pixel, lit(above, light.as_ref()), *opacity);
            at = [0, 1].map(|axis| at[axis].wrapping_add(place.step[axis]));
        }
    }
}

/// Bilinear sampling: the four pixels around a position, weighted by distance, with coverage falling off at the
/// edges. The same arithmetic as in `shaders/blend.wgsl`; nothing overflows 32 bits.
fn sample(picture: &Picture, place: &Place, at: [i32; 2]) -> [u8; 4] {
    let [left, top, right, bottom] = place.shown;
    let inside = (at[0] - left)
        .min(right - at[0])
        .min(at[1] - top)
        .min(bottom - at[1]);
    let edge = 2 * place.half_edge as u32;
    let covers = ((inside + place.half_edge).max(0) as u32).min(edge);
    let covers = (covers * 255 + edge / 2) / edge;
    let last = [picture.width - 1, picture.height - 1];
    let [x, y] = [0, 1].map(|axis| {
        let [low, high] = place.middles[axis];
        let middle = (at[axis] - ONE / 2).clamp(low, high) as u32;
        let before = (middle >> 16).min(last[axis]);
        let part = (middle & 0xffff) >> 8;
        (before, (before + 1).min(last[axis]), part)
    });
    let corners = [
        (x.0, y.0, (256 - x.2) * (256 - y.2)),
        (x.1, y.0, x.2 * (256 - y.2)),
        (x.0, y.1, (256 - x.2) * y.2),
        (x.1, y.1, x.2 * y.2),
    ];
    let (mut sums, mut all) = ([0_u32; 3], 0_u32);
    for (x, y, share) in corners {
        let [red, green, blue, alpha] = picture.pixel(x, y);
        // Colours are weighted by alpha; otherwise letters would get dark edges.
        let counts = share * u32::from(alpha);
        for (sum, byte) in sums.iter_mut().zip([red, green, blue]) {
            *sum += counts * u32::from(byte);
        }
        all += counts;
    }
    if all == 0 {
        return [0; 4];
    }
    let [red, green, blue] = sums.map(|sum| ((sum + all / 2) / all) as u8);
    let alpha = (all + 0x8000) >> 16;
    [red, green, blue, ((alpha * covers + 127) / 255) as u8]
}

fn lit(pixel: [u8; 4], light: Option<&Light>) -> [u8; 4] {
    light.map_or(pixel, |light| light.on(pixel))
}

/// Blends a pixel over an opaque one; `opacity` from 0 to 255.
fn over(below: &mut [u8; 4], above: [u8; 4], opacity: u32) {
    let share = (u32::from(above[3]) * opacity + 127) / 255;
    for (below, above) in below.iter_mut().zip(above).take(3) {
        *below = mixed(*below, above, share);
    }
}

/// Interpolates from one byte, at 0, to another, at 255.
fn mixed(from: u8, to: u8, share: u32) -> u8 {
    ((u32::from(from) * (255 - share) + u32::from(to) * share + 127) / 255) as u8
}

/// Combines the frame before a cut with the one after it.
fn apply_transition(frame: &mut Picture, after: &Picture, transition: Transition) {
    match transition {
        Transition::Dissolve { share } => {
            for (byte, after) in frame.rgba.iter_mut().zip(&after.rgba) {
                *byte = mixed(*byte, *after, share);
            }
        }
        Transition::Dip {
            through,
            share,
            is_after,
        } => {
            if is_after {
                frame.rgba.copy_from_slice(&after.rgba);
            }
            for pixel in frame.rgba.as_chunks_mut::<4>().0 {
                for byte in &mut pixel[..3] {
                    *byte = mixed(through, *byte, share);
                }
            }
        }
        Transition::Wipe { columns } => {
            let row = (frame.width as usize * 4).max(1);
            let shown = columns as usize * 4;
            let rows = frame.rgba.chunks_exact_mut(row);
            for (row, after) in rows.zip(after.rgba.chunks_exact(row)) {
                row[..shown].copy_from_slice(&after[..shown]);
            }
        }
    }
}
