//! Colours as people see them: CIE Lab under D65, and the difference CIEDE2000.
//! A difference of 1 is just visible side by side; 10 is another colour.

use glam::{DMat3, DVec3};

/// A colour in CIE Lab, D65: lightness from 0 to 100, green to red, blue to yellow.
pub type Lab = DVec3;

/// The white of D65 in XYZ.
const WHITE: DVec3 = DVec3::new(0.950_47, 1.0, 1.088_83);

/// From here on the curve of Lab is a cube root; below, it is straight.
const STRAIGHT_BELOW: f64 = 216.0 / 24_389.0;

/// IEC 61966-2-1, column by column.
fn xyz_from_rgb() -> DMat3 {
    DMat3::from_cols(
        DVec3::new(0.412_456_4, 0.212_672_9, 0.019_333_9),
        DVec3::new(0.357_576_1, 0.715_152_2, 0.119_192_0),
        DVec3::new(0.180_437_5, 0.072_175_0, 0.950_304_1),
    )
}

/// The Lab colour of an sRGB pixel.
pub fn lab(pixel: [u8; 3]) -> Lab {
    lab_of_light(DVec3::from_array(pixel.map(|value| {
        let value = f64::from(value) / 255.0;
        match value <= 0.040_45 {
            true => value / 12.92,
            false => ((value + 0.055) / 1.055).powf(2.4),
        }
    })))
}

/// The Lab colour of linear light with the primaries of sRGB, 0 to 1.
pub(crate) fn lab_of_light(light: DVec3) -> Lab {
    let share = xyz_from_rgb() * light / WHITE;
    let curve = |t: f64| match t > STRAIGHT_BELOW {
        true => t.cbrt(),
        false => (24_389.0 / 27.0 * t + 16.0) / 116.0,
    };
    let [x, y, z] = share.to_array().map(curve);
    Lab::new(116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z))
}

/// The linear light of a Lab colour, the inverse of [`lab_of_light`]. Colours that sRGB does not have lie outside 0 to 1.
pub(crate) fn light_of_lab(colour: Lab) -> DVec3 {
    let green = (colour.x + 16.0) / 116.0;
    let curved = DVec3::new(green + colour.y / 500.0, green, green - colour.z / 200.0);
    let straight = |t: f64| match t.powi(3) > STRAIGHT_BELOW {
        true => t.powi(3),
        false => (116.0 * t - 16.0) * 27.0 / 24_389.0,
    };
    let share = DVec3::from_array(curved.to_array().map(straight));
    xyz_from_rgb().inverse() * (share * WHITE)
}

/// The difference CIEDE2000 of two Lab colours (Sharma, Wu and Dalal, 2005).
pub fn difference(one: Lab, other: Lab) -> f64 {
    let chroma = |colour: Lab| colour.y.hypot(colour.z);
    let seventh = |value: f64| (value.powi(7) / (value.powi(7) + 25.0_f64.powi(7))).sqrt();
    let stretch = 1.0 + 0.5 * (1.0 - seventh(f64::midpoint(chroma(one), chroma(other))));
    let polar = |colour: Lab| {
        let red = stretch * colour.y;
        let hue = colour.z.atan2(red).to_degrees().rem_euclid(360.0);
        (red.hypot(colour.z), hue)
    };
    let ((chroma_one, hue_one), (chroma_other, hue_other)) = (polar(one), polar(other));
    let grey = chroma_one * chroma_other <= 0.0;
    let hue_step = match grey {
        true => 0.0,
        false => (hue_other - hue_one + 180.0).rem_euclid(360.0) - 180.0,
    };
    let hue_mean = match grey {
        true => hue_one + hue_other,
        false => (hue_one + hue_step / 2.0).rem_euclid(360.0),
    };
    let chroma_mean = f64::midpoint(chroma_one, chroma_other);
    let light = (f64::midpoint(one.x, other.x) - 50.0).powi(2);
    let cos = |degrees: f64| degrees.to_radians().cos();
    let by_hue = 1.0 - 0.17 * cos(hue_mean - 30.0)
        + 0.24 * cos(2.0 * hue_mean)
        + 0.32 * cos(3.0 * hue_mean + 6.0)
        - 0.20 * cos(4.0 * hue_mean - 63.0);
    let scale_light = 1.0 + 0.015 * light / (20.0 + light).sqrt();
    let scale_chroma = 1.0 + 0.045 * chroma_mean;
    let scale_hue = 1.0 + 0.015 * chroma_mean * by_hue;
    let rotation = -2.0
        * seventh(chroma_mean)
        * (60.0 * (-((hue_mean - 275.0) / 25.0).powi(2)).exp())
            .to_radians()
            .sin();
    let by_light = (other.x - one.x) / scale_light;
    let by_chroma = (chroma_other - chroma_one) / scale_chroma;
    let hue_length = 2.0 * (chroma_one * chroma_other).sqrt() * (hue_step / 2.0).to_radians().sin();
    let by_hue = hue_length / scale_hue;
    let squared =
        by_light.powi(2) + by_chroma.powi(2) + by_hue.powi(2) + rotation * by_chroma * by_hue;
    squared.max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_differences_are_those_of_the_published_pairs() {
        // Sharma, Wu and Dalal (2005), table 1.
        for (one, other, expected) in [
            ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
            ([50.0, -1.3802, -84.2814], [50.0, 0.0, -82.7485], 1.0),
            ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
            (
                [60.2574, -34.0099, 36.2677],
                [60.4626, -34.1751, 39.4387],
                1.2644,
            ),
            ([2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082),
        ] {
            let found = difference(Lab::from_array(one), Lab::from_array(other));
            assert!((found - expected).abs() < 1e-4, "{found} for {expected}");
        }
    }

    #[test]
    fn light_comes_back_from_its_colour() {
        for pixel in [[255, 0, 0], [12, 200, 90], [3, 3, 3], [250, 250, 240]] {
            let colour = lab(pixel);
            let again = lab_of_light(light_of_lab(colour));
            assert!(again.abs_diff_eq(colour, 1e-6), "{pixel:?}: {again}");
        }
    }

    #[test]
    fn white_black_and_red_have_their_known_colours() {
        assert!(lab([255; 3]).abs_diff_eq(Lab::new(100.0, 0.0, 0.0), 0.02));
        assert!(lab([0; 3]).abs_diff_eq(Lab::ZERO, 0.02));
        assert!(lab([255, 0, 0]).abs_diff_eq(Lab::new(53.24, 80.09, 67.2), 0.05));
    }
}
