//! Notifications in a corner of the window, and the list of all messages. A notification goes by itself, unless it is the
//! result of a long task.

use std::collections::VecDeque;
use std::fmt::Display;
use std::time::{Duration, Instant};

use super::action::Action;

const INFO_DURATION: Duration = Duration::from_secs(6);
const ERROR_DURATION: Duration = Duration::from_secs(30);
/// In its last moment a notification is kept if the pointer is over it.
const LAST_MOMENT: Duration = Duration::from_secs(1);
/// The most notifications that are shown. With more, the oldest is dropped.
const MOST: usize = 5;
/// Messages older than a day are forgotten, and with more than this number the oldest ones.
const LONGEST_AGE: Duration = Duration::from_hours(24);
const MOST_MESSAGES: usize = 500;

/// How a notification is shown, and how long it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Info,
    Error,
    /// Stays until it is closed.
    Result,
}

impl Kind {
    fn duration(self) -> Option<Duration> {
        match self {
            Self::Info => Some(INFO_DURATION),
            Self::Error => Some(ERROR_DURATION),
            Self::Result => None,
        }
    }
}

/// One notification.
#[derive(Debug)]
pub struct Notification {
    pub number: u64,
    pub kind: Kind,
    pub text: String,
    pub buttons: Vec<NotificationButton>,
    since: Instant,
    failed: Option<FailedTasks>,
}

/// The tasks that failed for one reason, each with its buttons.
#[derive(Debug)]
struct FailedTasks {
    reason: String,
    tasks: Vec<(String, Vec<NotificationButton>)>,
}

impl FailedTasks {
    /// "Morning, On the way and 4 more not generated: the model is not installed."
    fn text(&self) -> String {
        let names: Vec<&str> = self.tasks.iter().map(|(name, _)| name.as_str()).collect();
        let names = match names.as_slice() {
            [one, other] => format!("{one} and {other}"),
            [one, other, more @ ..] => format!("{one}, {other} and {} more", more.len()),
            few => few.concat(),
        };
        format!("{names} not generated: {}", self.reason)
    }
}

impl Notification {
    /// The time until it goes; `None` if it stays.
    fn remaining(&self) -> Option<Duration> {
        let duration = self.kind.duration()?;
        Some(duration.saturating_sub(self.since.elapsed()))
    }

    /// Whether it is about to go.
    pub fn is_in_last_moment(&self) -> bool {
        self.remaining().is_some_and(|left| left <= LAST_MOMENT)
    }
}

/// A button of a notification.
#[derive(Clone, Debug, PartialEq)]
pub struct NotificationButton {
    pub text: &'static str,
    pub action: Action,
}

/// A line in the list of all messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub kind: Kind,
    pub text: String,
    pub at: Instant,
}

/// The notifications that are shown, and all messages of the last day.
#[derive(Debug, Default)]
pub struct Notifications {
    shown: Vec<Notification>,
    messages: VecDeque<Message>,
    next_number: u64,
}

impl Notifications {
    pub fn info(&mut self, text: impl Into<String>) {
        self.add(Kind::Info, text.into(), Vec::new());
    }

    /// Says why something cannot be done.
    pub fn refused(&mut self, why: &impl Display) {
        self.error(format!("Can't do that: {why}"));
    }

    pub fn error(&mut self, text: impl Into<String>) {
        self.failure(text, Vec::new());
    }

    /// An error, with buttons for what can be done about it.
    pub fn failure(&mut self, text: impl Into<String>, buttons: Vec<NotificationButton>) {
        let text = text.into();
        tracing::error!("{text}");
        self.add(Kind::Error, text, buttons);
    }

    /// A shot that was not generated, the reason, and buttons for what can be done about it. Shots with the same reason
    /// share a notification, whose buttons are for all of them: a queue of many would cover the window.
    pub fn not_generated(
        &mut self,
        name: &str,
        reason: impl Into<String>,
        buttons: Vec<NotificationButton>,
    ) {
        let reason = reason.into();
        let message = format!("{name} not generated: {reason}");
        tracing::error!("{message}");
        self.keep_message(Kind::Error, message);
        let is_same = |notice: &Notification| {
            let failed = notice.failed.as_ref();
            failed.is_some_and(|failed| failed.reason == reason)
        };
        let earlier = self.shown.iter().position(is_same);
        let earlier = earlier.and_then(|at| self.shown.remove(at).failed);
        let mut tasks = earlier.map_or_else(Vec::new, |failed| failed.tasks);
        tasks.retain(|(other, _)| other != name); // it was retried meanwhile
        tasks.push((name.to_owned(), buttons));
        let failed = FailedTasks { reason, tasks };
        let buttons = failed.tasks.iter().flat_map(|(_, buttons)| buttons.clone());
        self.show(Notification {
            number: self.next_number,
            kind: Kind::Error,
            text: failed.text(),
            buttons: buttons.collect(),
            since: Instant::now(),
            failed: Some(failed),
        });
    }

    /// The result of a long task, with buttons for what comes next.
    pub fn result(&mut self, text: impl Into<String>, buttons: Vec<NotificationButton>) {
        self.add(Kind::Result, text.into(), buttons);
    }

    /// Closes the notifications whose buttons act on the open project.
    pub fn leave_project(&mut self) {
        let is_of_project =
            |button: &NotificationButton| !matches!(button.action, Action::Export(_));
        self.shown
            .retain(|notice| !notice.buttons.iter().any(is_of_project));
    }

    pub fn close(&mut self, number: u64) {
        self.shown.retain(|notice| notice.number != number);
    }

    /// Shows a notification as long again.
    pub fn keep(&mut self, number: u64) {
        for notice in &mut self.shown {
            if notice.number == number {
                notice.since = Instant::now();
            }
        }
    }

    /// Oldest first.
    pub fn shown(&self) -> &[Notification] {
        &self.shown
    }

    /// All messages of the last day, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.iter()
    }

    /// Drops expired notifications. Returns the time until one expires or reaches its last moment; `None` if none will.
    pub fn drop_expired(&mut self) -> Option<Duration> {
        self.shown
            .retain(|notice| notice.remaining() != Some(Duration::ZERO));
        let pauses = self.shown.iter().filter_map(Notification::remaining);
        pauses
            .map(|left| match left > LAST_MOMENT {
                true => left.saturating_sub(LAST_MOMENT),
                false => left,
            })
            .min()
    }

    fn add(&mut self, kind: Kind, text: String, buttons: Vec<NotificationButton>) {
        self.keep_message(kind, text.clone());
        self.shown.retain(|notice| notice.text != text);
        self.show(Notification {
            number: self.next_number,
            kind,
            text,
            buttons,
            since: Instant::now(),
            failed: None,
        });
    }

    fn show(&mut self, notice: Notification) {
        if self.shown.len() == MOST {
            self.shown.remove(0);
        }
        self.shown.push(notice);
        self.next_number += 1;
    }

    fn keep_message(&mut self, kind: Kind, text: String) {
        let now = Instant::now();
        self.messages.push_back(Message {
            kind,
            text,
            at: now,
        });
        while self.messages.len() > MOST_MESSAGES
            || self
                .messages
                .front()
                .is_some_and(|first| now - first.at > LONGEST_AGE)
        {
            self.messages.pop_front();
        }
    }
}

/// How long ago a message came: "now", "5 min ago", "2 h ago".
pub fn age_text(age: Duration) -> String {
    let minutes = age.as_secs() / 60;
    match minutes {
        0 => "now".into(),
        1..60 => format!("{minutes} min ago"),
        _ => format!("{} h ago", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::command::Command;

    fn texts(notifications: &Notifications) -> Vec<&str> {
        let shown = notifications.shown().iter();
        shown.map(|notice| notice.text.as_str()).collect()
    }

    /// Notifications of every kind that have been shown for this long.
    fn shown_for(seconds: u64) -> Notifications {
        let mut notifications = Notifications::default();
        notifications.info("info");
        notifications.error("error");
        notifications.result("result", Vec::new());
        for notice in &mut notifications.shown {
            let age = Duration::from_secs(seconds);
            notice.since = notice.since.checked_sub(age).expect("a time");
        }
        notifications
    }

    #[test]
    fn an_info_goes_first_then_an_error_and_a_result_stays() {
        for (seconds, left) in [
            (1, &["info", "error", "result"][..]),
            (10, &["error", "result"]),
            (31, &["result"]),
            (120, &["result"]),
        ] {
            let mut notifications = shown_for(seconds);
            notifications.drop_expired();
            assert_eq!(texts(&notifications), left, "{seconds} s");
        }
    }

    #[test]
    fn shots_that_failed_for_one_reason_share_a_notification_and_its_buttons() {
        let retry = || {
            vec![NotificationButton {
                text: "Retry",
                action: Action::Command(Command::Generate),
            }]
        };
        let mut notifications = Notifications::default();
        for name in ["Dusk", "Dawn", "Noon", "Dusk"] {
            notifications.not_generated(name, "no model.", retry());
        }
        notifications.not_generated("Night", "no memory.", retry());
        assert_eq!(
            texts(&notifications),
            [
                "Dawn, Noon and 1 more not generated: no model.",
                "Night not generated: no memory."
            ]
        );
        assert_eq!(notifications.shown()[0].buttons.len(), 3);
        assert_eq!(notifications.messages().count(), 5);
    }

    #[test]
    fn a_notification_that_is_kept_stays_as_long_again() {
        let mut notifications = shown_for(29);
        notifications.drop_expired();
        let error = &notifications.shown()[0];
        assert!(error.is_in_last_moment());
        let number = error.number;
        notifications.keep(number);
        let error = &notifications.shown()[0];
        assert!(error.text == "error" && !error.is_in_last_moment());
        assert!(notifications.drop_expired() > Some(Duration::from_secs(25)));
    }

    #[test]
    fn the_list_has_every_message_also_those_that_have_gone() {
        let mut notifications = shown_for(40);
        notifications.drop_expired();
        notifications.info("info");
        let all: Vec<&str> = notifications
            .messages()
            .map(|message| message.text.as_str())
            .collect();
        assert_eq!(all, ["info", "error", "result", "info"]);
        for number in 0..MOST_MESSAGES {
            notifications.info(number.to_string());
        }
        assert_eq!(notifications.messages().count(), MOST_MESSAGES);
    }

    #[test]
    fn an_age_is_shown_in_minutes_and_hours() {
        for (seconds, text) in [(59, "now"), (60, "1 min ago"), (7300, "2 h ago")] {
            assert_eq!(age_text(Duration::from_secs(seconds)), text);
        }
    }
}
