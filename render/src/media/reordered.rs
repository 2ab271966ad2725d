//! When frames are shown that are stored in another order and say only when they are decoded, as in AVI files: pauses
//! between frames are kept, and follow from the times of decoding.

/// When each frame is shown, in the order of display, in ticks; as many as were given.
///
/// `decoded` are the times at which the packets are decoded, ascending. `delay` is the number of frames that wait in the
/// decoder, as the codec says.
///
/// An encoder decodes packet `i + delay` when the `i`-th frame is shown, later by a constant: what FFmpeg's `dts` is for
/// H.264, HEVC, MPEG-2 and MPEG-4. So the pauses after the last `delay` frames are not stored: these follow one another at
/// the last distance that is. The first frame is shown at the start of the file, with its sound.
pub(super) fn shown_times(decoded: &[i64], delay: usize) -> Vec<i64> {
    let (Some(first), Some(begin), Some(last)) =
        (decoded.first(), decoded.get(delay), decoded.last())
    else {
        return decoded.to_vec(); // fewer frames than wait
    };
    let later = begin - first;
    let before_last = decoded.iter().rev().nth(1);
    let distance = before_last.map_or(1, |before| last - before);
    let known = decoded.iter().skip(delay).map(|time| time - later);
    let rest = std::iter::successors(Some(last - later), |time| time.checked_add(distance));
    known.chain(rest.skip(1).take(delay)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times of decoding that an encoder with this delay writes, from 0 on.
    fn decoded(shown: &[i64], delay: usize) -> Vec<i64> {
        let later = shown[delay] - shown[0];
        let before = shown[..delay].iter().map(|time| time - later);
        let decoded = before.chain(shown[..shown.len() - delay].iter().copied());
        let decoded: Vec<i64> = decoded.collect();
        decoded.iter().map(|time| time - decoded[0]).collect()
    }

    #[test]
    fn pauses_are_where_they_were_before_the_frames_were_reordered() {
        // Sixty a second, then fifteen; a pause at the start; single frames left out.
        let slower: Vec<i64> = (0..60).chain((60..180).step_by(4)).collect();
        let pause: Vec<i64> = std::iter::once(0).chain(10..90).collect();
        let gaps: Vec<i64> = (0..100).filter(|at| at % 7 != 3 && *at != 41).collect();
        for shown in [slower, pause, gaps] {
            for delay in 0..4 {
                assert_eq!(shown_times(&decoded(&shown, delay), delay), shown);
            }
        }
    }

    #[test]
    fn a_constant_rate_stays_as_it_is() {
        let even: Vec<i64> = (0..50).map(|at| 7 + 2 * at).collect();
        for delay in [0, 1, 2, 16, 49] {
            assert_eq!(shown_times(&even, delay), even);
        }
    }

    #[test]
    fn few_frames_and_odd_times_are_no_fault() {
        assert!(shown_times(&[], 2).is_empty());
        assert_eq!(shown_times(&[5], 0), [5]);
        assert_eq!(shown_times(&[5, 6], 2), [5, 6]);
        let far = i64::MAX / 16;
        let shown = shown_times(&[-far, far], 1);
        assert_eq!(shown, [-far, far]);
        shown_times(&[-far, -far + 1, far], 2);
    }
}
