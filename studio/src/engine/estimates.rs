//! What the engine said that clips would take: one question at a time, and the answers to the last ones.

use std::collections::VecDeque;

use kinora_wire::{Estimate, Generation};

/// The answers that are kept.
const MOST_ANSWERS: usize = 32;

/// The open question, and the answers.
#[derive(Debug, Default)]
pub struct Estimates {
    last_question: u64,
    open: Option<Generation>,
    /// The latest last.
    answers: VecDeque<Answer>,
}

#[derive(Debug)]
struct Answer {
    request: Generation,
    estimate: Estimate,
    /// Whether nothing has happened since that could change it.
    is_fresh: bool,
}

impl Estimates {
    /// The last answer for a request. It may be old.
    pub fn of(&self, request: &Generation) -> Option<&Estimate> {
        let answer = self.answer(request);
        answer.map(|answer| &answer.estimate)
    }

    /// The number of a question that is to be sent now. `None`: the answer is known, or another question is open.
    pub fn ask(&mut self, request: &Generation) -> Option<u64> {
        let is_known = self.answer(request).is_some_and(|answer| answer.is_fresh);
        if is_known || self.open.is_some() {
            return None;
        }
        self.last_question += 1;
        self.open = Some(request.clone());
        Some(self.last_question)
    }

    /// Takes in an answer. One to an earlier question comes from before a restart.
    pub fn answered(&mut self, question: u64, estimate: Estimate) {
        let Some(request) = self.open.take_if(|_| question == self.last_question) else {
            return;
        };
        self.answers.retain(|answer| answer.request != request);
        if self.answers.len() == MOST_ANSWERS {
            self.answers.pop_front();
        }
        self.answers.push_back(Answer {
            request,
            estimate,
            is_fresh: true,
        });
    }

    /// The answers are shown until others come, and requested again.
    pub fn grow_old(&mut self) {
        for answer in &mut self.answers {
            answer.is_fresh = false;
        }
    }

    fn answer(&self, request: &Generation) -> Option<&Answer> {
        let mut answers = self.answers.iter().rev();
        answers.find(|answer| answer.request == *request)
    }
}

#[cfg(test)]
mod tests {
    use kinora_wire::Failure;

    use super::*;

    fn request(model: &str) -> Generation {
        Generation {
            model: Some(model.into()),
            ..Generation::default()
        }
    }

    fn answer(cause: &str) -> Estimate {
        let failure = Failure::refused(cause, "make it smaller");
        Estimate::TooLarge { failure }
    }

    #[test]
    fn one_question_is_open_at_a_time_and_its_answer_is_kept() {
        let mut estimates = Estimates::default();
        let first = estimates.ask(&request("a")).expect("asked");
        assert_eq!(estimates.ask(&request("b")), None, "the first is open");
        estimates.answered(first, answer("too large"));
        assert_eq!(estimates.of(&request("a")), Some(&answer("too large")));
        assert_eq!(estimates.ask(&request("a")), None, "it is known");
        let second = estimates.ask(&request("b")).expect("asked");
        assert_ne!(first, second);
        estimates.answered(first, answer("late"));
        assert_eq!(estimates.of(&request("b")), None, "that was another one");
    }

    #[test]
    fn an_old_answer_is_shown_until_the_next_one() {
        let mut estimates = Estimates::default();
        let first = estimates.ask(&request("a")).expect("asked");
        estimates.answered(first, answer("too large"));
        estimates.grow_old();
        assert_eq!(estimates.of(&request("a")), Some(&answer("too large")));
        let again = estimates.ask(&request("a")).expect("asked again");
        estimates.answered(again, answer("larger still"));
        assert_eq!(estimates.of(&request("a")), Some(&answer("larger still")));
        for number in 0..2 * MOST_ANSWERS {
            let question = estimates.ask(&request(&number.to_string()));
            estimates.answered(question.expect("asked"), answer("too large"));
        }
        assert_eq!(estimates.of(&request("a")), None, "the last ones are kept");
    }
}
