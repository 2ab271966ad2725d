//! Chooses the plan: the first in the order of speed that fits, and after a failure the next smaller one.
//! Pure functions of bytes.

use kinora_wire::{Failure, size_words};

use super::{Keeping, MemoryNeeds, MemoryPlan, NetworkForm, Phase, PictureForm, TransformerForm};

/// A plan after a failure needs at most this share of what the failed one needed in the phase that failed: the estimate
/// of the failed one was too low by an unknown share.
const SHARE_AFTER_FAILURE: f64 = 0.75;

/// No plan fits: what the smallest one needs, in which phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryShortage {
    /// The phase that needs the most.
    pub phase: Phase,
    /// What the smallest plan needs in this phase, in bytes.
    pub needed_bytes: u64,
    /// The memory that it may fill, in bytes.
    pub limit_bytes: u64,
}

impl MemoryShortage {
    /// The refusal of a clip by this model, with the numbers.
    pub fn refusal(self, model: &str) -> Failure {
        Failure::refused(
            format!(
                "{model} needs at least {} for the {} of this clip, and may use {}",
                size_words(self.needed_bytes),
                self.phase.name(),
                size_words(self.limit_bytes)
            ),
            "make the clip smaller or shorter, close other programs, raise the memory limit if there is one, or use a smaller model",
        )
    }
}

/// The fastest plan that fits into `limit_bytes`: all networks together; in turn; one transformer at a time; in blocks,
/// as many of them in memory as fit. Pictures go in tiles only where whole ones do not fit in turn.
pub fn choose(needs: &MemoryNeeds, limit_bytes: u64) -> Result<MemoryPlan, MemoryShortage> {
    let mut plan = MemoryPlan::largest(needs, limit_bytes);
    if plan.peak_bytes() <= limit_bytes {
        return Ok(plan);
    }
    plan.keeping = Keeping::InTurn;
    let mut worst: Option<MemoryShortage> = None;
    for phase in Phase::ALL {
        plan = plan.stepped_down_to(phase, limit_bytes);
        let needed_bytes = plan.phase_bytes(phase);
        let is_worse = worst.is_none_or(|worst| worst.needed_bytes < needed_bytes);
        if needed_bytes > limit_bytes && is_worse {
            worst = Some(MemoryShortage {
                phase,
                needed_bytes,
                limit_bytes,
            });
        }
    }
    worst.map_or(Ok(plan), Err)
}

impl MemoryPlan {
    /// The next smaller plan after memory ran out in a phase. `None`: there is none.
    pub fn smaller(&self, phase: Phase) -> Option<Self> {
        let failed = self.bytes_during(phase);
        let target = (failed as f64 * SHARE_AFTER_FAILURE) as u64;
        let in_turn = Self {
            keeping: Keeping::InTurn,
            ..self.clone()
        };
        let plan = in_turn.stepped_down_to(phase, target);
        (plan.phase_bytes(phase) < failed).then_some(plan)
    }

    /// Makes a phase smaller, step by step, until it fits into `target` bytes or has its smallest form.
    fn stepped_down_to(mut self, phase: Phase, target: u64) -> Self {
        while self.phase_bytes(phase) > target {
            let Some(smaller) = self.step_down(phase, target) else {
                break;
            };
            self = smaller;
        }
        self
    }

    /// The plan with the next smaller form in a phase: of a network in blocks the most blocks that fit into `target`
    /// bytes, or none. `None`: the form is the smallest.
    fn step_down(&self, phase: Phase, target: u64) -> Option<Self> {
        let mut plan = self.clone();
        match phase {
            Phase::Text => {
                let smaller = self.smaller_form(phase, self.text, self.needs.text.blocks, target);
                plan.text = smaller?;
            }
            Phase::Denoising => {
                let transformers = &self.needs.transformers;
                let blocks = transformers.iter().map(|network| network.blocks).max();
                let form = match self.transformers {
                    TransformerForm::All if transformers.len() > 1 => NetworkForm::Resident,
                    TransformerForm::All => {
                        self.smaller_form(phase, NetworkForm::Resident, blocks?, target)?
                    }
                    TransformerForm::One(form) => {
                        self.smaller_form(phase, form, blocks?, target)?
                    }
                };
                plan.transformers = TransformerForm::One(form);
            }
            Phase::Pictures => plan.pictures = tiled_after(self.pictures)?,
            Phase::Decoding => plan.decoding = tiled_after(self.decoding)?,
        }
        (plan.phase_bytes(phase) < self.phase_bytes(phase)).then_some(plan)
    }

    fn smaller_form(
        &self,
        phase: Phase,
        form: NetworkForm,
        blocks: u64,
        target: u64,
    ) -> Option<NetworkForm> {
        let most = match form {
            NetworkForm::Streamed { kept: 0 } => return None,
            NetworkForm::Streamed { kept } => kept - 1,
            NetworkForm::Resident => blocks.checked_sub(1)?,
        };
        let fits = |form: &NetworkForm| self.bytes_in_form(phase, *form) <= target;
        let mut forms = (0..=most).rev().map(|kept| NetworkForm::Streamed { kept });
        let largest = forms.find(fits);
        Some(largest.unwrap_or(NetworkForm::Streamed { kept: 0 }))
    }

    /// What a phase needs by itself with its network, or one of its transformers, in this form.
    fn bytes_in_form(&self, phase: Phase, form: NetworkForm) -> u64 {
        let mut plan = self.clone();
        match phase {
            Phase::Text => plan.text = form,
            _ => plan.transformers = TransformerForm::One(form),
        }
        plan.phase_bytes(phase)
    }
}

fn tiled_after(form: PictureForm) -> Option<PictureForm> {
    (form == PictureForm::Whole).then_some(PictureForm::Tiled)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::memory::{NetworkBytes, PictureBytes};

    fn network() -> impl Strategy<Value = NetworkBytes> {
        (0_u64..500, 0_u64..9, 1_u64..300, 0_u64..200).prop_map(
            |(outside, blocks, largest_block, missing)| NetworkBytes {
                all: outside + (blocks * largest_block).saturating_sub(missing * blocks / 8),
                outside,
                blocks,
                largest_block,
                unpacked: 0,
            },
        )
    }

    fn pictures() -> impl Strategy<Value = PictureBytes> {
        (0_u64..3000, 0_u64..3000).prop_map(|(whole, tiled)| PictureBytes { whole, tiled })
    }

    fn needs() -> impl Strategy<Value = MemoryNeeds> {
        (
            (network(), 0_u64..100),
            (
                proptest::option::of((network(), pictures())),
                proptest::option::of((network(), 0_u64..3000)),
            ),
            proptest::collection::vec(network(), 1..3),
            0_u64..900,
            (network(), pictures()),
            0_u64..2,
        )
            .prop_map(
                |(text, encoders, transformers, denoising_work, decoder, blocks_ahead)| {
                    MemoryNeeds {
                        text: text.0,
                        text_work: text.1,
                        after_text: None,
                        encoder: encoders.0,
                        image_encoder: encoders.1,
                        transformers,
                        denoising_work,
                        decoder: decoder.0,
                        decoding_work: decoder.1,
                        blocks_ahead,
                    }
                },
            )
    }

    /// How slow the parts of a plan are: a faster plan has no larger number anywhere.
    fn slowness(plan: &MemoryPlan) -> [u64; 5] {
        let of_form = |form| match form {
            NetworkForm::Resident => 0,
            NetworkForm::Streamed { kept } => 1000 - kept,
        };
        [
            plan.keeping as u64,
            of_form(plan.text),
            match plan.transformers {
                TransformerForm::All => 0,
                TransformerForm::One(form) => 1 + of_form(form),
            },
            plan.pictures as u64,
            plan.decoding as u64,
        ]
    }

    proptest! {
        #[test]
        fn a_plan_never_needs_more_than_it_may_use(needs in needs(), limit in 0_u64..9000) {
            if let Ok(plan) = choose(&needs, limit) {
                prop_assert!(plan.peak_bytes() <= limit, "{plan:?}");
            }
        }

        #[test]
        fn more_memory_never_makes_a_plan_slower(
            needs in needs(), limit in 0_u64..9000, more in 0_u64..3000,
        ) {
            if let Ok(plan) = choose(&needs, limit) {
                let larger = choose(&needs, limit + more).expect("what fits into less fits");
                let pairs = slowness(&larger).into_iter().zip(slowness(&plan));
                for (with_more, with_less) in pairs {
                    prop_assert!(with_more <= with_less, "{larger:?} after {plan:?}");
                }
            }
        }

        #[test]
        fn a_refusal_names_the_smallest_memory_that_suffices(
            needs in needs(), limit in 0_u64..9000,
        ) {
            if let Err(shortage) = choose(&needs, limit) {
                prop_assert!(shortage.needed_bytes > limit);
                prop_assert!(choose(&needs, shortage.needed_bytes).is_ok());
                prop_assert!(choose(&needs, shortage.needed_bytes - 1).is_err());
            }
        }

        #[test]
        fn the_plan_after_a_failure_needs_less_in_the_phase_that_failed(
            needs in needs(), limit in 0_u64..9000, phase in 0_usize..4,
        ) {
            let Some(phase) = Phase::ALL.get(phase).copied() else { return Ok(()) };
            let Ok(mut plan) = choose(&needs, limit) else { return Ok(()) };
            let mut tries = 0;
            while let Some(smaller) = plan.smaller(phase) {
                prop_assert!(smaller.bytes_during(phase) < plan.bytes_during(phase));
                plan = smaller;
                tries += 1;
                prop_assert!(tries < 20, "it comes to an end");
            }
        }
    }

    fn of_blocks(blocks: u64, largest_block: u64) -> NetworkBytes {
        NetworkBytes {
            all: 100 + blocks * largest_block,
            outside: 100,
            blocks,
            largest_block,
            unpacked: 0,
        }
    }

    /// A model whose numbers are easy to follow.
    fn model(transformers: usize) -> MemoryNeeds {
        MemoryNeeds {
            text: of_blocks(4, 100),
            text_work: 10,
            after_text: None,
            encoder: None,
            image_encoder: None,
            transformers: vec![of_blocks(10, 100); transformers],
            denoising_work: 200,
            decoder: of_blocks(0, 0),
            decoding_work: PictureBytes {
                whole: 800,
                tiled: 300,
            },
            blocks_ahead: 0,
        }
    }

    #[track_caller]
    fn check(needs: &MemoryNeeds, limit: u64, words: &str, bytes: u64) {
        let plan = choose(needs, limit).expect("a plan");
        assert_eq!((plan.words().as_str(), plan.peak_bytes()), (words, bytes));
    }

    #[test]
    fn both_encoders_of_pictures_are_in_memory_and_run_one_after_the_other() {
        let mut needs = model(1);
        let tiled = PictureBytes {
            whole: 900,
            tiled: 100,
        };
        needs.encoder = Some((of_blocks(0, 0), tiled));
        needs.image_encoder = Some((of_blocks(5, 100), 300));
        let plan = choose(&needs, 9000).expect("a plan");
        assert_eq!(plan.phase_bytes(Phase::Pictures), 100 + 600 + 900);
        let plan = choose(&needs, 1300).expect("a plan");
        assert_eq!(plan.phase_bytes(Phase::Pictures), 100 + 600 + 300);
        assert_eq!(plan.words(), "parts in turn, pictures in tiles");
    }

    #[test]
    fn plans_in_the_order_of_their_speed() {
        let (one, two) = (model(1), model(2));
        check(&one, 9000, "all in memory", 500 + 1100 + 100 + 800);
        check(&one, 1400, "parts in turn", 1300);
        check(&one, 1250, "parts in turn, transformer in blocks", 1200);
        check(
            &one,
            850,
            "parts in turn, transformer in blocks, decoding in tiles",
            800,
        );
        check(&two, 2400, "parts in turn", 2400);
        check(&two, 1400, "parts in turn, one transformer at a time", 1300);
        let shortage = choose(&one, 100).expect_err("too little");
        assert_eq!(
            (shortage.phase, shortage.needed_bytes),
            (Phase::Denoising, 400)
        );
        let words = shortage.refusal("tiny").to_string();
        assert!(
            words.contains("tiny needs at least 400 B for the denoising"),
            "{words}"
        );
    }
}
