//! Undo steps: a gesture of many previews is one step, and the past stays within its budget of bytes.
//! Gestures begin, preview, commit and abort.

use kinora_timeline::Edge::Tail;
use kinora_timeline::History;

use crate::drawn::*;

#[test]
fn a_gesture_is_one_step_and_a_preview_replaces_the_last() {
    let start = project("A---|B--|C-");
    let mut history = History::of(start.clone());
    history.begin("trim");
    for by in [-1, -2, -1] {
        history
            .preview(&[ripple("B", Tail, by)(&start)])
            .expect("possible");
    }
    assert!(history.preview(&[ripple("B", Tail, -9)(&start)]).is_err());
    assert_eq!(
        draw(history.project()),
        "A---|B-|C-",
        "the last preview stays"
    );
    let step = history.commit().expect("a step");
    assert_eq!((step.name.as_str(), step.edits.len()), ("trim", 1));
    assert_eq!(history.past().collect::<Vec<_>>(), ["trim"]);
    history.begin("trim");
    history
        .preview(&[ripple("B", Tail, 3)(history.project())])
        .expect("possible");
    history.abort();
    assert_eq!(draw(history.project()), "A---|B-|C-");
    history.begin("nothing");
    assert_eq!(history.commit(), None);
    assert_eq!(history.undo().as_deref(), Some("trim"));
    assert_eq!(history.project(), &start);
    assert_eq!(history.future().collect::<Vec<_>>(), ["trim"]);
}

#[test]
fn the_past_stays_within_its_budget() {
    let start = project("A---|B--|C-");
    let mut history = History::of(start).with_budget(20_000);
    for step in 0..500 {
        let by = if step % 2 == 0 { 1 } else { -1 };
        let edit = slip("B", by)(history.project());
        history.apply(&edit).expect("possible");
    }
    let steps = history.past().count();
    assert!(
        history.past_bytes() <= 20_000 && steps > 5 && steps < 500,
        "{steps} steps, {} bytes",
        history.past_bytes()
    );
}
