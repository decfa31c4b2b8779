//! Nothing may be left lying while the one who has to take it rests, a worker or the application: many threads leave
//! something in each round, and the next round begins when all of it was taken. So what is missed once is missed for ever, as
//! nobody else comes to wake the one who rests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use super::super::reactor::Reactor;
use super::*;

/// One alone meets the one who is about to rest most often; several meet one another as well.
const NOTIFIERS: [usize; 2] = [1, 3];
const ROUNDS: usize = 20_000;
/// The longest while before a notification, and of a worker's turn, in turns of an empty loop.
const MOMENTS: usize = 61;
/// Longer than anything here takes: who rests so long has missed something.
const PATIENCE: Duration = Duration::from_secs(30);

/// More or less of a while.
fn pass(moments: usize) {
    for _ in 0..moments % MOMENTS {
        std::hint::spin_loop();
    }
}

/// How much was taken of what the notifiers have left.
struct Taken {
    notifiers: usize,
    count: AtomicUsize,
}

impl Taken {
    fn by(notifiers: usize) -> Self {
        Self { notifiers, count: AtomicUsize::new(0) }
    }

    fn add(&self, count: usize) {
        self.count.fetch_add(count, Ordering::Relaxed);
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    fn is_all(&self) -> bool {
        self.count() == self.notifiers * ROUNDS
    }

    /// Leaves something in each round, after more or less of a while, so that all moments of the other side are met.
    fn notify(&self, notifier: usize, leave: impl Fn(usize)) {
        for round in 0..ROUNDS {
            pass(round * (notifier + 1));
            leave(round);
            self.wait(self.notifiers * (round + 1));
        }
    }

    fn wait(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.count() < count {
            assert!(Instant::now() < deadline, "left lying: {} of {count} are taken", self.count());
            std::thread::yield_now();
        }
    }
}

/// The application: rests until it is woken.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Host for Bell {
    fn wake(&self) {
        *self.rung.lock().expect("whole") = true;
        self.changed.notify_one();
    }
}

impl Bell {
    fn rest(&self) {
        let rung = self.rung.lock().expect("whole");
        let (mut rung, timeout) =
            self.changed.wait_timeout_while(rung, PATIENCE, |rung| !*rung).expect("whole");
        assert!(!timeout.timed_out(), "nobody has woken the application");
        *rung = false;
    }
}

fn hub(bell: &Arc<Bell>) -> Hub {
    let host = Arc::clone(bell);
    Hub::new(Config { threads: 1, ..Config::default() }, host)
}

/// A worker's turn, as far as mail and effects go: see `Worker::turn`. Whether it may rest.
fn turn(hub: &Hub, taken: &Taken, work: usize) -> bool {
    let take_effects = || {
        let sent = |effect: &Effect| matches!(effect, Effect::Send { .. });
        taken.add(hub.take_effects(0).iter().filter(|effect| sent(effect)).count());
    };
    let mail = hub.ports[0].take();
    take_effects();
    taken.add(mail.len());
    pass(work);
    let rests = hub.ports[0].rest();
    take_effects();
    rests
}

fn notify_worker(notifiers: usize) {
    let hub = hub(&Arc::default());
    let conn = hub.with_core(|core| core.open("".into(), 0, Arc::default())).expect("no panic").0;
    let taken = Taken::by(notifiers);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (mut reactor, waker) = {
        let _entered = runtime.enter();
        Reactor::new().expect("a poller")
    };
    assert!(hub.ports[0].waker.set(waker).is_ok());
    std::thread::scope(|scope| {
        for notifier in 0..notifiers {
            let (hub, taken) = (&hub, &taken);
            scope.spawn(move || {
                taken.notify(notifier, |round| match (round + notifier) % 4 {
                    0 | 1 => hub.ports[0].post(Mail::Relay { conn }),
                    _ => hub.with_core(|core| core.send(conn, "".into())).expect("no panic"),
                });
            });
        }
        runtime.block_on(async {
            let mut ready = Vec::new();
            for count in 0.. {
                let rests = turn(&hub, &taken, count);
                if taken.is_all() {
                    break;
                }
                if rests {
                    let until = tokio::time::Instant::now() + PATIENCE;
                    reactor.wait(Some(until), &mut ready).await;
                    assert!(tokio::time::Instant::now() < until, "nobody has woken the worker");
                } else {
                    reactor.poll_now(&mut ready);
                }
            }
        });
    });
}

const HELLO: &str =
    r#"{"protocol":"websocket-room-server:1","roomProtocol":"p","roomId":"r","clientState":{}}"#;
const ACTION: &str = r#"{"type":4,"action":"a"}"#;
/// Values of the events here.
const VALUES: usize = 7;

/// A client in a room, whose actions are events.
fn asker(hub: &Hub) -> ConnId {
    let conn = hub.with_core(|core| core.open("".into(), 0, Arc::default())).expect("no panic").0;
    hub.message(conn, Inbound::parse(true, HELLO), HELLO);
    hub.with_core(|core| core.set_hooks(crate::core::hook::ACTION)).expect("no panic");
    conn
}

/// Leaves one event, in each of the ways in which there are any: a call of the application's, a client's message, what a worker
/// finds in its turn.
fn leave_event(hub: &Hub, conn: ConnId, way: usize) {
    let push = |core: &mut Core| core.events().push(format_args!("0,0,0,0,0,0,0"));
    match way % 3 {
        0 => hub.with_core(push).expect("no panic"),
        1 => drop(hub.message(conn, Inbound::parse(false, ACTION), ACTION)),
        _ => {
            push(&mut hub.lock());
            hub.take_effects(0);
        }
    }
}

fn notify_application(notifiers: usize) {
    let bell = Arc::<Bell>::default();
    let hub = hub(&bell);
    let conn = asker(&hub);
    let taken = Taken::by(notifiers);
    std::thread::scope(|scope| {
        for notifier in 0..notifiers {
            let (hub, taken) = (&hub, &taken);
            scope.spawn(move || {
                taken.notify(notifier, |round| leave_event(hub, conn, round + notifier));
            });
        }
        while !taken.is_all() {
            bell.rest();
            let mut rests = false;
            while !rests {
                let batch = hub.with_core(|core| core.events().take()).flatten();
                let values: Vec<serde_json::Value> =
                    serde_json::from_str(batch.as_deref().unwrap_or("[]")).expect("JSON");
                taken.add(values.len() / VALUES);
                rests = hub.with_core(|core| core.events().rest()).unwrap_or(true);
            }
        }
    });
}

#[test]
fn a_worker_that_rests_has_left_no_mail_and_no_effect() {
    NOTIFIERS.into_iter().for_each(notify_worker);
}

#[test]
fn an_application_that_rests_has_left_no_event() {
    NOTIFIERS.into_iter().for_each(notify_application);
}
