//! What a measure looks at: the grey pictures of a clip, and masks of the parts that are not background.
//! Pixel (0, 0) is the top left one; its centre lies at (0.5, 0.5), as in the rays of the engine.

/// One frame in grey. 0 is black, 255 is white.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GreyFrame {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl GreyFrame {
    /// A frame of `width * height` values, row by row. `None` if their number is another one, or 0.
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Option<Self> {
        let fits = width.checked_mul(height) == Some(pixels.len()) && !pixels.is_empty();
        fits.then_some(Self {
            width,
            height,
            pixels,
        })
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The values, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

/// One frame in colour, with the primaries and the curve of sRGB, 0 to 255.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RgbFrame {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

impl RgbFrame {
    /// A frame of `width * height` pixels, row by row. `None` if their number is another one, or 0.
    pub fn new(width: usize, height: usize, pixels: Vec<[u8; 3]>) -> Option<Self> {
        let fits = width.checked_mul(height) == Some(pixels.len()) && !pixels.is_empty();
        fits.then_some(Self {
            width,
            height,
            pixels,
        })
    }

    /// The luma (BT.709 weights).
    pub fn grey(&self) -> GreyFrame {
        let luma = |&[red, green, blue]: &[u8; 3]| {
            let sum =
                0.2126 * f32::from(red) + 0.7152 * f32::from(green) + 0.0722 * f32::from(blue);
            (sum + 0.5) as u8
        };
        GreyFrame {
            width: self.width,
            height: self.height,
            pixels: self.pixels.iter().map(luma).collect(),
        }
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixels, row by row.
    pub fn pixels(&self) -> &[[u8; 3]] {
        &self.pixels
    }
}

/// The pixels of one frame that a measure treats apart, such as those of moving characters.
/// The measure of the camera leaves them out; the measure of identity looks only at them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    width: usize,
    height: usize,
    covered: Vec<bool>,
}

impl Mask {
    /// A mask of `width * height` values, row by row; `true` is covered. `None` if their number is
    /// another one, or 0.
    pub fn new(width: usize, height: usize, covered: Vec<bool>) -> Option<Self> {
        let fits = width.checked_mul(height) == Some(covered.len()) && !covered.is_empty();
        fits.then_some(Self {
            width,
            height,
            covered,
        })
    }

    /// Whether a pixel is covered. A place outside the mask is not.
    pub fn covers(&self, x: usize, y: usize) -> bool {
        x < self.width && self.covered.get(y * self.width + x) == Some(&true)
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Whether the mask covers a pixel within `reach` pixels of a place, along both axes.
    pub(crate) fn touches(&self, [x, y]: [f32; 2], reach: f32) -> bool {
        let span = |at: f32, size: usize| {
            let first = (at - reach).max(0.0) as usize;
            let last = ((at + reach).max(0.0) as usize).min(size.saturating_sub(1));
            first..=last
        };
        span(y, self.height).any(|row| span(x, self.width).any(|column| self.covers(column, row)))
    }
}
