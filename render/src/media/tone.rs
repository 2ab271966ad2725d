//! Pictures of a wide gamut or a high dynamic range, brought to BT.709 as displays of today show it.

use std::sync::LazyLock;

use kinora_timeline::media::ToneCurve;

use super::colours::{Colours, Primaries, Transfer};

/// The luminance that becomes white, in candela per square metre: ITU-R BT.2408, "reference white".
const WHITE_NITS: f64 = 203.0;
/// The brightest highlights that keep their drawing, in candela per square metre.
const PEAK_NITS: f64 = 1000.0;
/// Linear light up to here is kept as it is; what is brighter is compressed.
const KNEE: f32 = 0.8;
/// The exponent of a BT.709 display: ITU-R BT.1886.
const GAMMA: f64 = 2.4;
/// Steps of the table of encoded values, over the square root of linear light: fine enough for the darkest greys.
const STEPS: usize = 8192;

/// BT.709 from linear BT.2020: ITU-R BT.2087, inverted.
const FROM_BT2020: [[f32; 3]; 3] = [
    [1.660_491, -0.587_641_1, -0.072_849_86],
    [-0.124_550_5, 1.132_9, -0.008_349_422],
    [-0.018_150_76, -0.100_578_9, 1.118_73],
];
/// BT.709 from linear Display P3.
const FROM_P3: [[f32; 3]; 3] = [
    [1.224_940_2, -0.224_940_18, 0.0],
    [-0.042_056_95, 1.042_057, 0.0],
    [-0.019_637_555, -0.078_636_04, 1.098_273_6],
];
/// How much each colour adds to the luminance in BT.2020.
const LUMINANCE: [f32; 3] = [0.2627, 0.678, 0.0593];

/// Converts pixels with 16 bits a channel, as stored, to 8 bits in BT.709.
pub struct ToneMap {
    /// From luma and the two chroma values to red, green and blue.
    colours: Colours,
    /// Linear light of each stored value; white is 1.
    linear: Vec<f32>,
    transfer: Transfer,
    matrix: [[f32; 3]; 3],
    /// Highlights are compressed instead of clipped.
    is_soft: bool,
}

impl ToneMap {
    /// For pictures with these colours, by this tone curve.
    pub fn new(colours: Colours, curve: ToneCurve) -> Self {
        let transfer = colours.transfer;
        let value = |stored: u16| f64::from(stored) / f64::from(u16::MAX);
        let linear = (0..=u16::MAX).map(|stored| match transfer {
            Transfer::Gamma => value(stored).powf(GAMMA) as f32,
            Transfer::Pq => (pq_nits(value(stored)) / WHITE_NITS) as f32,
            Transfer::Hlg => hlg_scene(value(stored)) as f32,
        });
        Self {
            colours,
            linear: linear.collect(),
            transfer,
            matrix: match colours.primaries {
                Primaries::Bt709 => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
                Primaries::Bt2020 => FROM_BT2020,
                Primaries::P3 => FROM_P3,
            },
            is_soft: match curve {
                ToneCurve::Auto => transfer != Transfer::Gamma,
                ToneCurve::Soft => true,
                ToneCurve::Clip => false,
            },
        }
    }

    /// Converts a row of pixels: planes of luma, the two chroma values and alpha in 16 bits, little endian.
    pub fn convert(&self, [luma, blue, red, alpha]: [&[u8]; 4], into: &mut Vec<u8>) {
        let [red_weight, blue_weight] = self.colours.luma_weights();
        let green_weight = 1.0 - red_weight - blue_weight;
        let (black, span, chroma_span) = match self.colours.is_full {
            true => (0.0, 65_535.0, 65_535.0),
            false => (16.0 * 256.0, 219.0 * 256.0, 224.0 * 256.0),
        };
        let stored = |plane: &[u8], at: usize| {
            f32::from(u16::from_le_bytes([plane[2 * at], plane[2 * at + 1]]))
        };
        for at in 0..luma.len() / 2 {
            let y = (stored(luma, at) - black) / span;
            let pb = (stored(blue, at) - 32_768.0) / chroma_span;
            let pr = (stored(red, at) - 32_768.0) / chroma_span;
            let red = y + 2.0 * (1.0 - red_weight) * pr;
            let blue = y + 2.0 * (1.0 - blue_weight) * pb;
            let green = (y - red_weight * red - blue_weight * blue) / green_weight;
            let whole =
                [red, green, blue].map(|one| (one.clamp(0.0, 1.0) * 65_535.0).round() as u16);
            let [red, green, blue] = self.shown(whole);
            into.extend([red, green, blue, alpha[2 * at + 1]]);
        }
    }

    fn shown(&self, stored: [u16; 3]) -> [u8; 3] {
        let mut light = stored.map(|stored| self.linear[usize::from(stored)]);
        if self.transfer == Transfer::Hlg {
            // The system gamma of a 1000 nits display: ITU-R BT.2100, table 5.
            let luminance: f32 = light
                .iter()
                .zip(LUMINANCE)
                .map(|(one, part)| one * part)
                .sum();
            let factor = luminance.max(0.0).powf(0.2) * (PEAK_NITS / WHITE_NITS) as f32;
            light = light.map(|one| one * factor);
        }
        let mut shown = self.matrix.map(|row| {
            let sum = row[0] * light[0] + row[1] * light[1] + row[2] * light[2];
            sum.max(0.0) // outside BT.709
        });
        let brightest = shown[0].max(shown[1]).max(shown[2]);
        if self.is_soft && brightest > KNEE {
            let factor = compressed(brightest) / brightest;
            shown = shown.map(|one| one * factor);
        }
        shown.map(encoded)
    }
}

/// Highlights compressed: the slope is 1 at the knee, and the peak becomes white.
fn compressed(light: f32) -> f32 {
    let above = light - KNEE;
    let peak = (PEAK_NITS / WHITE_NITS) as f32 - KNEE;
    let bend = 1.0 / (1.0 - KNEE) - 1.0 / peak;
    KNEE + above / (1.0 + bend * above)
}

/// Linear light as stored in BT.709.
fn encoded(light: f32) -> u8 {
    static TABLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let at = |step: usize| (step as f64 / STEPS as f64).powf(2.0 / GAMMA);
        (0..=STEPS)
            .map(|step| (at(step) * 255.0).round() as u8)
            .collect()
    });
    let step = light.clamp(0.0, 1.0).sqrt() * STEPS as f32;
    TABLE[step.round() as usize]
}

/// The luminance of a value of the perceptual quantiser: SMPTE ST 2084.
fn pq_nits(value: f64) -> f64 {
    let (m1, m2) = (2610.0 / 16384.0, 2523.0 / 4096.0 * 128.0);
    let (c1, c2, c3) = (
        3424.0 / 4096.0,
        2413.0 / 4096.0 * 32.0,
        2392.0 / 4096.0 * 32.0,
    );
    let power = value.powf(1.0 / m2);
    let linear = ((power - c1).max(0.0) / (c2 - c3 * power)).powf(1.0 / m1);
    10_000.0 * linear
}

/// The scene light of a value of hybrid log-gamma, from 0 to 1: ITU-R BT.2100.
fn hlg_scene(value: f64) -> f64 {
    let (a, b, c) = (0.178_832_77, 0.284_668_92, 0.559_910_73);
    match value <= 0.5 {
        true => value * value / 3.0,
        false => (((value - c) / a).exp() + b) / 12.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map_of(primaries: Primaries, transfer: Transfer) -> ToneMap {
        curved(primaries, transfer, ToneCurve::Auto)
    }

    fn curved(primaries: Primaries, transfer: Transfer, curve: ToneCurve) -> ToneMap {
        let colours = Colours {
            primaries,
            transfer,
            ..Colours::USUAL
        };
        ToneMap::new(colours, curve)
    }

    /// A grey of the perceptual quantiser.
    fn pq_of(nits: f64) -> [u16; 3] {
        let off = |stored: &u16| (pq_nits(f64::from(*stored) / 65535.0) - nits).abs();
        let nearest = (0..=65535_u16).min_by(|one, other| off(one).total_cmp(&off(other)));
        [nearest.expect("a value"); 3]
    }

    fn stored(value: f64) -> u16 {
        (value * 65535.0).round() as u16
    }

    #[test]
    fn reference_white_is_nearly_white_and_the_peak_is_white() {
        let pq = map_of(Primaries::Bt2020, Transfer::Pq);
        let white = pq.shown([stored(0.580_689); 3]); // 203 nits
        assert!(
            white.iter().all(|one| (235..=250).contains(one)),
            "{white:?}"
        );
        let peak = pq.shown([stored(0.751_827); 3]); // 1000 nits
        assert!(peak.iter().all(|one| *one >= 254), "{peak:?}");
        let hlg = map_of(Primaries::Bt2020, Transfer::Hlg);
        let white = hlg.shown([stored(0.75); 3]);
        assert!(
            white.iter().all(|one| (235..=250).contains(one)),
            "{white:?}"
        );
    }

    #[test]
    fn greys_below_the_knee_are_as_bright_as_on_the_display_they_were_made_for() {
        let pq = map_of(Primaries::Bt709, Transfer::Pq);
        for nits in [1.0, 20.0, 36.54, 100.0, 160.0_f64] {
            let shown = pq.shown(pq_of(nits))[0];
            let expected = (nits / 203.0).powf(1.0 / 2.4) * 255.0;
            assert!(
                (f64::from(shown) - expected).abs() < 0.6,
                "{nits}: {shown}, {expected}"
            );
        }
    }

    #[test]
    fn a_clipped_highlight_is_exact_up_to_white_and_a_soft_one_keeps_its_drawing() {
        let shown = |curve, nits| curved(Primaries::Bt709, Transfer::Pq, curve).shown(pq_of(nits));
        for nits in [20.0, 100.0, 180.0, 203.0_f64] {
            let expected = (nits / 203.0).powf(1.0 / 2.4) * 255.0;
            let clipped = f64::from(shown(ToneCurve::Clip, nits)[0]);
            assert!((clipped - expected).abs() < 0.6, "{nits}: {clipped}");
        }
        assert_eq!(shown(ToneCurve::Clip, 400.0), [255; 3]);
        let soft = [203.0, 400.0, 800.0].map(|nits| shown(ToneCurve::Soft, nits)[0]);
        assert!(soft[0] < soft[1] && soft[1] < soft[2], "{soft:?}");
        let auto = [203.0, 400.0, 800.0].map(|nits| shown(ToneCurve::Auto, nits)[0]);
        assert_eq!(auto, soft, "a high dynamic range is soft by itself");
    }

    #[test]
    fn a_wide_gamut_alone_is_exact_unless_its_highlights_are_to_be_soft() {
        let white = |curve| curved(Primaries::P3, Transfer::Gamma, curve).shown([65535; 3]);
        assert_eq!(white(ToneCurve::Auto), [255; 3]);
        assert_eq!(white(ToneCurve::Clip), [255; 3]);
        assert!(
            white(ToneCurve::Soft)
                .iter()
                .all(|one| (235..250).contains(one))
        );
    }

    #[test]
    fn a_ramp_has_no_jumps_and_never_turns_back() {
        for transfer in [Transfer::Gamma, Transfer::Pq, Transfer::Hlg] {
            let map = map_of(Primaries::Bt709, transfer);
            let ramp: Vec<u8> = (0..4096_u16).map(|at| map.shown([at * 16; 3])[0]).collect();
            let steps = ramp
                .windows(2)
                .map(|pair| i16::from(pair[1]) - i16::from(pair[0]));
            for (at, step) in steps.enumerate() {
                assert!((0..=1).contains(&step), "{transfer:?} at {at}: {step}");
            }
        }
    }

    #[test]
    fn colours_inside_bt709_come_back_from_wider_primaries() {
        let wide = map_of(Primaries::Bt2020, Transfer::Gamma);
        // Pure BT.709 red, green and blue in BT.2020: ITU-R BT.2087.
        let columns = [
            [0.6274, 0.0691, 0.0164],
            [0.3293, 0.9195, 0.088],
            [0.0433, 0.0114, 0.8956_f64],
        ];
        for (channel, column) in columns.into_iter().enumerate() {
            let shown = wide.shown(column.map(|light| stored(light.powf(1.0 / 2.4))));
            for (at, one) in shown.into_iter().enumerate() {
                let expected = if at == channel { 255 } else { 0_u8 };
                assert!(one.abs_diff(expected) < 12, "{channel}: {shown:?}");
            }
        }
    }

    #[test]
    fn neutral_colours_of_a_wide_gamut_stay_as_they_are() {
        for primaries in [Primaries::Bt709, Primaries::Bt2020, Primaries::P3] {
            let map = map_of(primaries, Transfer::Gamma);
            for value in [0, 1, 16, 104, 128, 254, 255_u8] {
                let shown = map.shown([u16::from(value) * 257; 3]);
                assert!(
                    shown.iter().all(|one| one.abs_diff(value) <= 1),
                    "{value}: {shown:?}"
                );
            }
        }
    }
}
