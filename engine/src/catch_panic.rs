//! Turns panics and libtorch exceptions in a job into failures with a cause and a remedy.
//! The job fails, the thread goes on to the next one.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use kinora_wire::{Failure, FailureKind};

thread_local! {
    /// Whether this thread runs a job. Its panics are returned as failures, and not printed on stderr too.
    static IS_CATCHING: Cell<bool> = const { Cell::new(false) };
}

static SET_HOOK: Once = Once::new();

/// Runs `work`. A panic in it becomes a failure.
pub fn catch_job_panic<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    SET_HOOK.call_once(|| {
        let default_hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !IS_CATCHING.get() {
                default_hook(info);
            }
        }));
    });
    let was_catching = IS_CATCHING.replace(true);
    // Unwind safety: the caller discards whatever the work left half done.
    let done = catch_unwind(AssertUnwindSafe(work));
    IS_CATCHING.set(was_catching);
    done.unwrap_or_else(|panic| Err(failure_of(&message_of(panic.as_ref()))))
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&words| words.to_owned()));
    text.unwrap_or_else(|| "a panic without words".into())
}

/// libtorch's exceptions are texts. Those that mean "out of memory" get a remedy of their own.
fn failure_of(message: &str) -> Failure {
    let cause = first_line_of_libtorch(message);
    let lower = cause.to_lowercase();
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
            cause: format!("the device has not enough memory: {cause}"),
            remedy: Some("make the clip smaller or shorter, or close other programs".into()),
        };
    }
    Failure::bug(format!("the engine failed inside: {cause}"))
}

/// `called ... on an Err value: Torch("message\nException raised from ...")` -> message.
fn first_line_of_libtorch(message: &str) -> String {
    let inner = message
        .split_once("Torch(\"")
        .map_or(message, |(_, inner)| inner);
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
    fn an_allocation_that_fails_is_out_of_memory() {
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
