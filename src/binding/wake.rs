//! How the engine wakes JavaScript.

use napi::Status;
use napi::bindgen_prelude::{Function, Result};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use room_engine::Host;

/// Weak: it never keeps the process alive. It does keep the JavaScript function, until it is dropped with the engine.
type WakeFunction = ThreadsafeFunction<(), (), (), Status, false, true>;

/// Calls one JavaScript function, without values: it takes the events itself.
pub(super) struct Waker(WakeFunction);

impl Waker {
    pub(super) fn new(wake: &Function<'_, (), ()>) -> Result<Self> {
        let function = wake.build_threadsafe_function::<()>().weak::<true>().build()?;
        Ok(Self(function))
    }
}

impl Host for Waker {
    fn wake(&self) {
        // The environment may be going away: there is nobody left to be woken then.
        let _ = self.0.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }
}
