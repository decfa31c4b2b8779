use super::*;

const LIMIT: usize = 10 * (OVERHEAD + 1);

/// A session whose client has been let in with the token of generation 1.
fn live() -> Replay {
    let mut replay = Replay::new(LIMIT);
    assert!(replay.begin(1));
    replay
}

fn send(replay: &mut Replay, letters: &'static str) {
    for at in 0..letters.len() {
        assert!(replay.note(&Bytes::from_static(&letters.as_bytes()[at..=at])));
    }
}

fn missed(replay: &Replay) -> String {
    replay.missed().map(|frame| char::from(frame[0])).collect()
}

#[test]
fn what_is_sent_before_the_client_is_in_is_not_counted() {
    let mut replay = Replay::new(LIMIT);
    assert!(!replay.has_begun());
    assert!(replay.note(&Bytes::from_static(b"refusal")));
    assert!(replay.begin(1));
    send(&mut replay, "ab");
    assert!(replay.resume(1, 2, 1));
    assert_eq!(missed(&replay), "b");
}

#[test]
fn a_client_gets_what_it_misses_or_a_snapshot() {
    // What it has, what it misses; None: a snapshot.
    let rows = [
        (0, Some("abcde")),
        (2, Some("cde")),
        (5, Some("")),
        // More than was sent.
        (6, None),
        (u64::MAX, None),
    ];
    for (received, expected) in rows {
        let mut replay = live();
        send(&mut replay, "abcde");
        assert_eq!(replay.resume(1, 2, received), expected.is_some(), "{received}");
        assert_eq!(missed(&replay), expected.unwrap_or(""), "{received}");
    }
}

#[test]
fn the_log_is_bounded_and_the_oldest_go_first() {
    let mut replay = live();
    send(&mut replay, "abcdefghijklm");
    assert_eq!(missed(&replay), "defghijklm");
    assert!(replay.held <= LIMIT);
    assert!(!replay.resume(1, 2, 2));
    let mut replay = live();
    send(&mut replay, "abcdefghijklm");
    assert!(replay.resume(1, 2, 3));
    assert_eq!(missed(&replay), "defghijklm");
}

#[test]
fn a_message_larger_than_the_log_is_not_held_and_leaves_nothing_silent() {
    let mut replay = live();
    send(&mut replay, "a");
    assert!(replay.note(&Bytes::from(vec![0; LIMIT])));
    assert_eq!((replay.held, missed(&replay).as_str()), (0, ""));
    assert!(!replay.resume(1, 2, 1));
    let mut replay = live();
    assert!(replay.note(&Bytes::from(vec![0; LIMIT])));
    assert!(replay.resume(1, 2, 1));
}

#[test]
fn acknowledged_messages_are_let_go_and_stay_so() {
    let mut replay = live();
    send(&mut replay, "abcd");
    assert_eq!(replay.acknowledge(3), Ok(()));
    assert_eq!(missed(&replay), "d");
    // An older one that comes late.
    assert_eq!(replay.acknowledge(1), Ok(()));
    assert_eq!(missed(&replay), "d");
    assert_eq!(replay.acknowledge(5), Err(WrongAck));
    assert!(!replay.resume(1, 2, 2), "what it said to have it can't ask for again");
}

#[test]
fn the_count_goes_on_over_replays() {
    let mut replay = live();
    send(&mut replay, "abc");
    assert!(replay.resume(1, 2, 1));
    send(&mut replay, "d");
    // The answer was lost: the older token again, with the same count.
    assert!(replay.resume(1, 3, 1));
    assert_eq!(missed(&replay), "bcd");
    assert!(replay.resume(3, 4, 4));
    assert_eq!(missed(&replay), "");
}

#[test]
fn a_snapshot_that_was_lost_is_followed_by_another_one() {
    let mut replay = live();
    send(&mut replay, "abcdefghijklm");
    assert!(!replay.resume(1, 2, 0));
    assert!(!replay.note(&Bytes::from_static(b"x")), "what the snapshot contains is not sent too");
    assert_eq!(replay.acknowledge(99), Ok(()), "of the count before");
    assert!(replay.begin(2));
    send(&mut replay, "nop");
    // The client has not seen it: its count is another one, though the numbers would fit.
    assert!(!replay.resume(1, 3, 2));
    assert!(replay.begin(3));
    send(&mut replay, "q");
    assert!(replay.resume(3, 4, 0));
    assert_eq!(missed(&replay), "q");
}

#[test]
fn only_the_snapshot_that_was_asked_for_last_counts() {
    let mut replay = live();
    send(&mut replay, "abcdefghijklm");
    assert!(!replay.resume(1, 2, 0));
    assert!(!replay.resume(1, 3, 0));
    assert!(!replay.begin(2));
    assert!(!replay.note(&Bytes::from_static(b"x")));
    assert!(replay.begin(3));
    assert!(!replay.begin(3));
}

#[test]
fn nothing_is_sent_in_a_session_that_ended_before_its_answer() {
    let mut replay = live();
    send(&mut replay, "ab");
    assert!(replay.resume(1, 2, 1));
    replay.end();
    assert!(!replay.note(&Bytes::from_static(b"c")));
    assert!(!replay.begin(2) && !replay.has_news());
    assert!(replay.has_begun());
}

#[test]
fn the_client_is_pressed_once_until_it_answers() {
    let mut replay = live();
    send(&mut replay, "abcde");
    assert!(!replay.presses());
    send(&mut replay, "f");
    assert!(replay.presses());
    send(&mut replay, "g");
    assert!(!replay.presses());
    assert_eq!(replay.acknowledge(1), Ok(()));
    assert!(replay.presses());
    assert_eq!(replay.acknowledge(7), Ok(()));
    assert!(!replay.presses());
}

#[test]
fn there_is_news_when_anything_was_counted() {
    let mut replay = live();
    assert!(!replay.has_news());
    replay.take();
    assert!(replay.has_news());
    assert_eq!(replay.tell(), 1);
    assert!(!replay.has_news());
    send(&mut replay, "a");
    assert!(replay.has_news());
    assert_eq!(replay.tell(), 1);
    assert!(replay.owes());
    // A new token wants to be confirmed.
    assert!(replay.resume(1, 2, 1));
    assert!(replay.has_news() && !replay.owes());
}

#[test]
fn a_token_is_confirmed_by_what_comes_behind_it() {
    let mut replay = live();
    assert_eq!(replay.confirm(false), None, "nothing came before the first one");
    assert!(replay.resume(1, 2, 0));
    assert_eq!(replay.confirm(true), None, "the pong to a ping before the hello");
    replay.pinged();
    assert_eq!(replay.confirm(true), Some(2));
    assert_eq!(replay.confirm(true), None);
    assert!(replay.resume(2, 3, 0));
    assert_eq!(replay.confirm(false), Some(3));
}
