//! The image sequences that are being written into the project, each on the thread of its import. The window shows how far
//! they are, and cancels them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use kinora_studio::timeline::FrameRate;

/// The imports that may write a sequence. One that has ended is forgotten.
#[derive(Default)]
pub struct SequenceJobs(Vec<Weak<SequenceJob>>);

/// What the window and the thread of an import share.
#[derive(Debug, Default)]
pub struct SequenceJob {
    writing: Mutex<Option<Writing>>,
    is_cancelled: AtomicBool,
}

/// A sequence that is being written.
#[derive(Clone, Debug, PartialEq)]
pub struct Writing {
    /// "shot.[0001-0120].exr: 120 pictures at 24 a second".
    pub words: String,
    /// The share that is written, from 0 to 1.
    pub share: f64,
}

impl SequenceJobs {
    /// A new import. Its thread holds it until it ends.
    pub fn begin(&mut self) -> Arc<SequenceJob> {
        self.0.retain(|job| job.strong_count() > 0);
        let job = Arc::new(SequenceJob::default());
        self.0.push(Arc::downgrade(&job));
        job
    }

    /// Whether a sequence is being written.
    pub fn is_writing(&self) -> bool {
        self.writing().next().is_some()
    }

    /// "Importing shot.[0001-0120].exr: 120 pictures at 24 a second, 40 %", of the first one. `None`: none is written.
    pub fn text(&self) -> Option<String> {
        let Writing { words, share } = self.writing().next()?;
        Some(format!("Importing {words}, {:.0} %", share * 100.0))
    }

    /// Cancels all imports that write a sequence.
    pub fn cancel(&self) {
        for job in self.0.iter().filter_map(Weak::upgrade) {
            if job.writing().is_some() {
                job.is_cancelled.store(true, Ordering::Relaxed);
            }
        }
    }

    fn writing(&self) -> impl Iterator<Item = Writing> {
        let jobs = self.0.iter().filter_map(Weak::upgrade);
        jobs.filter_map(|job| job.writing())
    }
}

impl SequenceJob {
    /// Shows what is being written. `None`: nothing any more.
    pub fn show(&self, writing: Option<Writing>) {
        *self.writing.lock().unwrap_or_else(PoisonError::into_inner) = writing;
    }

    /// Shows another share, and returns whether to go on.
    pub fn goes_on(&self, share: f64) -> bool {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writing) = writing.as_mut() {
            writing.share = share;
        }
        !self.is_cancelled.load(Ordering::Relaxed)
    }

    fn writing(&self) -> Option<Writing> {
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        writing.clone()
    }
}

/// "120 pictures at 24 a second".
pub fn sequence_words(pictures: usize, rate: FrameRate) -> String {
    format!("{pictures} pictures at {rate} a second")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_shown_while_it_is_written_and_only_then_cancelled() {
        let mut jobs = SequenceJobs::default();
        let (file, sequence) = (jobs.begin(), jobs.begin());
        assert!(!jobs.is_writing() && jobs.text().is_none());
        let words = sequence_words(120, FrameRate::FPS_24);
        sequence.show(Some(Writing {
            words: format!("s.[1-120].exr: {words}"),
            share: 0.0,
        }));
        assert!(sequence.goes_on(0.4));
        let text = "Importing s.[1-120].exr: 120 pictures at 24 a second, 40 %";
        assert_eq!(jobs.text().as_deref(), Some(text));
        jobs.cancel();
        assert!(!sequence.goes_on(0.5));
        assert!(file.goes_on(0.5), "it writes no sequence");
        sequence.show(None);
        assert!(!jobs.is_writing());
    }

    #[test]
    fn an_import_that_has_ended_is_forgotten() {
        let mut jobs = SequenceJobs::default();
        let job = jobs.begin();
        job.show(Some(Writing {
            words: "s".into(),
            share: 0.5,
        }));
        assert!(jobs.is_writing());
        drop(job);
        assert!(!jobs.is_writing());
        jobs.begin();
        assert_eq!(jobs.0.len(), 1);
    }
}
