//! What a network can be given: the channels that are concatenated to the noise, read from their number, and the
//! abilities that follow from these and from its branches.
//!
//! Sources: Wan2.2 `wan/image2video.py`; VideoX-Fun `videox_fun/pipeline/pipeline_wan_fun_control.py` (2.1: control, then
//! start picture), `pipeline_wan2_2_fun_control.py` (2.2: control, then mask and given frames; a camera path takes the
//! place of the control clip), `pipeline_wan_fun_inpaint.py`, `pipeline_wan2_2_fun_inpaint.py` (mask and given frames).

use kinora_wire::Ability;

use super::config::Config;

/// Channels of the mask of given frames: one for each frame of a latent frame.
pub const MASK_CHANNELS: i64 = 4;
/// Latent channels of Wan 2.2 TI2V-5B.
const TI2V_CHANNELS: i64 = 48;

/// A part of the channels that follow the noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concatenated {
    /// The latents of a control clip.
    Control,
    /// A mask of given frames, and the latents of a clip of them.
    GivenFrames,
    /// The latents of a start picture alone, in the first latent frame; zeros in the others.
    StartPicture,
}

use Concatenated::{Control, GivenFrames, StartPicture};

/// The known orders. Each has another number of channels.
const ORDERS: [&[Concatenated]; 5] = [
    &[],
    // 36 of 16, 100 of 48: image to video, Fun-InP, and the camera models of Wan 2.2.
    &[GivenFrames],
    // 32: the camera models of Wan 2.1.
    &[StartPicture],
    // 48: Fun-Control of Wan 2.1.
    &[Control, StartPicture],
    // 52 of 16, 148 of 48: Fun-Control of Wan 2.2.
    &[Control, GivenFrames],
];

impl Config {
    /// The channels after the noise, in their order. `None` if there is no such order.
    pub fn concatenated(&self) -> Option<&'static [Concatenated]> {
        let latent = self.out_channels;
        let count = |part: &Concatenated| match part {
            Control | StartPicture => latent,
            GivenFrames => MASK_CHANNELS + latent,
        };
        let is_it = |order: &&[Concatenated]| {
            latent + order.iter().map(count).sum::<i64>() == self.in_channels
        };
        ORDERS.into_iter().find(is_it)
    }

    /// Whether a network of this shape has this ability. A first frame alone counts only where no last one is taken.
    pub fn can(&self, ability: Ability) -> bool {
        match ability {
            Ability::Camera => self.camera.is_some(),
            Ability::FirstFrame => self.takes_first_latent() || self.concatenates(StartPicture),
            Ability::FirstAndLastFrame => self.vace.is_some() || self.takes_given_frames(),
            Ability::References => {
                self.vace.is_some() || self.reference_channels.is_some() || self.takes_subjects
            }
            Ability::SoundOfClip
            | Ability::Voice
            | Ability::ClonedVoice
            | Ability::PictureOfSound
            | Ability::SourceSound => false,
            Ability::Control => self.vace.is_some() || self.concatenates(Control),
            _ => self.vace.is_some(),
        }
    }

    /// Whether it was never trained without a camera path: the Fun camera models. Without one they get a camera at rest.
    /// Kinora's starter, which takes no channels after the noise, was trained without rays too.
    pub fn needs_camera_path(&self) -> bool {
        self.camera.is_some() && self.in_channels != self.out_channels
    }

    /// Whether this part is concatenated to the noise.
    pub fn concatenates(&self, part: Concatenated) -> bool {
        self.concatenated()
            .is_some_and(|order| order.contains(&part))
    }

    /// Whether a given first frame takes the place of the first latent frame, which then has timestep 0 (Wan 2.2 TI2V-5B
    /// and the Fun models made from it). No tensor shows it: it is known by the channels of the latents, which only these
    /// models have.
    pub fn replaces_first_latent(&self) -> bool {
        self.out_channels == TI2V_CHANNELS && self.vace.is_none()
    }

    /// Whether the first frame is given in this way alone, and not as channels too (Wan 2.2 TI2V-5B).
    pub fn takes_first_latent(&self) -> bool {
        self.replaces_first_latent() && self.in_channels == self.out_channels
    }

    /// Whether mask channels and the latents of given frames are concatenated to the noise.
    pub fn takes_given_frames(&self) -> bool {
        self.concatenates(GivenFrames)
    }

    /// Image-to-video models need a first frame. Camera and control models accept one, but do not need it.
    pub fn needs_first_frame(&self) -> bool {
        let has_only_these = |order: &[Concatenated]| order == [GivenFrames];
        self.concatenated().is_some_and(has_only_these) && self.camera.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(in_channels: i64, out_channels: i64) -> Config {
        Config {
            width: 8,
            ffn_width: 8,
            heads: 1,
            layers: 1,
            in_channels,
            out_channels,
            text_width: 8,
            time_width: 8,
            epsilon: 1e-6,
            vace: None,
            camera: None,
            image: None,
            reference_channels: None,
            takes_subjects: false,
        }
    }

    #[test]
    fn the_number_of_channels_shows_their_order() {
        let order = |in_channels, latent| config(in_channels, latent).concatenated();
        let check = |latent, channels, expected: &[Concatenated]| {
            assert_eq!(order(channels, latent), Some(expected), "{channels}");
        };
        check(16, 16, &[]);
        check(16, 32, &[StartPicture]);
        check(16, 36, &[GivenFrames]);
        check(16, 48, &[Control, StartPicture]);
        check(16, 52, &[Control, GivenFrames]);
        check(48, 48, &[]);
        check(48, 100, &[GivenFrames]);
        check(48, 148, &[Control, GivenFrames]);
        assert_eq!(order(20, 16), None);
    }

    #[test]
    fn abilities_follow_from_channels_and_branches() {
        let check = |config: &Config, expected: &[Ability]| {
            let can = Ability::ALL
                .into_iter()
                .filter(|&ability| config.can(ability));
            assert_eq!(can.collect::<Vec<_>>(), expected, "{}", config.in_channels);
        };
        let given = Ability::FirstAndLastFrame;
        check(&config(16, 16), &[]);
        check(&config(32, 16), &[Ability::FirstFrame]);
        check(&config(36, 16), &[given]);
        check(&config(48, 16), &[Ability::FirstFrame, Ability::Control]);
        check(&config(48, 48), &[Ability::FirstFrame]);
        let control = Config {
            reference_channels: Some(16),
            ..config(52, 16)
        };
        check(&control, &[given, Ability::References, Ability::Control]);
        let phantom = Config {
            takes_subjects: true,
            ..config(16, 16)
        };
        check(&phantom, &[Ability::References]);
        assert!(config(36, 16).needs_first_frame() && !control.needs_first_frame());
    }
}
