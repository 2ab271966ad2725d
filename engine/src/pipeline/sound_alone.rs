//! Sound alone: its family makes it in whatever way it does. The pipeline keeps what all clips share: the plan of the memory
//! with its second attempt, the order of what is sent, the file of the latents, and the speed for later estimates.

use kinora_wire::Failure;

use super::retry::Attempts;
use super::sink::{Sender, Sent};
use super::{Generator, save_latents, seconds};
use crate::family::{ClipWork, Kept, MakesSound, SoundMade};
use crate::job::{Clock, Listener};
use crate::libtorch::{Keeping, keep_freed_memory};
use crate::plan::Plan;
use crate::streams::Streams;

impl Generator {
    /// Makes the sound of a plan.
    pub(super) fn make_sound(
        &mut self,
        sound: &dyn MakesSound,
        work: &ClipWork,
        plan: &Plan,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<(), Failure> {
        let mut attempts = Attempts::default();
        let mut sent = Sent::default();
        let SoundMade { latents, share } =
            self.attempt(&mut attempts, listener, |generator, listener| {
                keep_freed_memory(Keeping::ForNextUse);
                let kept = Kept {
                    models: &mut generator.models,
                    embeddings: generator.embeddings.as_ref(),
                };
                let mut sender = Sender::new(plan, &mut sent);
                sound.make(plan, kept, listener, clock, &mut sender)
            })?;
        if let Some(latents) = latents {
            save_latents(plan, &Streams::of_sound(latents))?;
        }
        self.keep_speed(
            work,
            plan,
            (clock.denoising / share, clock.decoding / share),
        );
        Ok(())
    }

    /// Keeps the speed of a sound by the seconds that all of its plan would have taken. Nothing is kept of a time of nothing.
    fn keep_speed(&mut self, work: &ClipWork, plan: &Plan, (denoising, decoding): (f64, f64)) {
        let memory = self.models.plan().clone();
        seconds::keep_denoising(&mut self.speed, work, &memory, denoising);
        let form = memory.decoding;
        seconds::keep_decoding(&mut self.speed, work, plan, form, decoding);
    }
}
