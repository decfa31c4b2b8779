//! Log records of the engine, kept until JavaScript takes them.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use room_engine::Host;
use room_engine::protocol::json::quote;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// So many records wait at most; older ones make room for newer ones.
const KEPT: usize = 1000;

/// The records of one server.
pub(super) struct Log {
    level: Level,
    records: Mutex<VecDeque<String>>,
    told: AtomicBool,
    host: Arc<dyn Host>,
}

impl Log {
    pub(super) fn new(level: Level, host: Arc<dyn Host>) -> Self {
        Self { level, records: Mutex::default(), told: AtomicBool::new(false), host }
    }

    /// All records as JSON: `[[level, target, message], …]`.
    pub(super) fn take(&self) -> Option<String> {
        self.told.store(false, Ordering::Release);
        let records =
            std::mem::take(&mut *self.records.lock().unwrap_or_else(PoisonError::into_inner));
        (!records.is_empty()).then(|| format!("[{}]", Vec::from(records).join(",")))
    }

    fn push(&self, record: String) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() == KEPT {
            records.pop_front();
        }
        records.push_back(record);
        drop(records);
        if !self.told.swap(true, Ordering::AcqRel) {
            self.host.wake();
        }
    }
}

/// What the engine's threads log to. Spans are not used by the engine.
pub(super) struct LogSubscriber(pub(super) Arc<Log>);

impl Subscriber for LogSubscriber {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.0.level && metadata.target().starts_with("room_engine")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        let message = format!("{}{}", text.message, text.fields);
        self.0.push(format!(
            "[\"{level}\",{},{}]",
            quote(event.metadata().target()),
            quote(&message)
        ));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// `message name=value …`. Text of clients is quoted and escaped: no record can look like another one.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing to a String can't fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
