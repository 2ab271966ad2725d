//! A job that goes wrong ends alone: what a library throws and what our own mistakes panic with become
//! failures with a cause and a remedy, and the thread goes on to the next job.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use kinora_wire::{Failure, FailureKind};

thread_local! {
    /// Panics of a guarded job are told as its failure, not on stderr too.
    static IS_CATCHING: Cell<bool> = const { Cell::new(false) };
}

static QUIET: Once = Once::new();

/// Does the work; a panic in it is its failure.
pub fn catch_job_panic<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    QUIET.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !IS_CATCHING.get() {
                loud(info);
            }
        }));
    });
    let was_catching = IS_CATCHING.replace(true);
    // What the work has half done is thrown away by the caller, so nothing broken is seen again.
    let done = catch_unwind(AssertUnwindSafe(work));
    IS_CATCHING.set(was_catching);
    done.unwrap_or_else(|panic| Err(failure_of(&words_of(panic.as_ref()))))
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&words| words.to_owned()));
    text.unwrap_or_else(|| "a panic without words".into())
}

/// libtorch throws words. Those that mean "no memory" call for another remedy than the rest.
fn failure_of(words: &str) -> Failure {
    let said = first_line_of_libtorch(words);
    let lower = said.to_lowercase();
    let is_memory = [
        "out of memory",
        "can't allocate memory",
        "not enough memory",
        "bad alloc",
    ]
    .iter()
    .any(|sign| lower.contains(sign));
    if is_memory {
        return Failure {
            kind: FailureKind::OutOfMemory,
            cause: format!("the device has not enough memory: {said}"),
            remedy: Some("make the clip smaller or shorter, or close other programs".into()),
        };
    }
    Failure::bug(format!("the engine failed inside: {said}"))
}

/// `called ... on an Err value: Torch("message\nException raised from ...")` -> message.
fn first_line_of_libtorch(words: &str) -> String {
    let inner = words
        .split_once("Torch(\"")
        .map_or(words, |(_, inner)| inner);
    let first = inner.split("\\n").next().unwrap_or(inner);
    first.trim_end_matches("\")").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libtorch_throws_is_a_failure_in_its_own_words() {
        let wrong = || {
            let _ = tch::Tensor::from_slice(&[1.0, 2.0]).view([3, 5]);
            Ok(())
        };
        let failure = catch_job_panic(wrong).expect_err("a failure");
        assert_eq!(failure.kind, FailureKind::Bug);
        assert!(
            failure
                .cause
                .contains("shape '[3, 5]' is invalid for input of size 2"),
            "{failure}"
        );
        assert!(!failure.cause.contains("Exception raised"), "{failure}");
    }

    #[test]
    fn memory_that_is_not_there_is_told_as_that() {
        let vast = || {
            let size = [1 << 20, 1 << 20, 1 << 10];
            Ok(tch::Tensor::zeros(
                size,
                (tch::Kind::Float, tch::Device::Cpu),
            ))
        };
        let failure = catch_job_panic(vast).expect_err("no machine has that");
        assert_eq!(failure.kind, FailureKind::OutOfMemory, "{failure}");
    }
}
