//! The line that comes out: figures by name. What is not known, or has no meaning for the workload, is null.

use serde_json::{Value, json};

use crate::generator::Generator;
use crate::probe::Answers;
use crate::process::Moment;
use crate::workload::Kind;

/// What a run has found beside what the clients have counted.
pub(crate) struct Figures {
    /// Before anybody came.
    pub(crate) empty: Moment,
    /// When all residents were there.
    pub(crate) full: Moment,
    /// The measured time.
    pub(crate) from: Moment,
    pub(crate) to: Moment,
    /// Messages that should have come, from the first to the last.
    pub(crate) expected: u64,
    pub(crate) application: Option<Answers>,
}

pub(crate) fn line(generator: &Generator, figures: &Figures) -> Value {
    let mut all = serde_json::Map::new();
    for part in [
        traffic(generator, figures),
        cost(generator, figures),
        visits(generator, figures),
        crowd(generator, figures),
        faults(generator, figures),
    ] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    Value::Object(all)
}

fn traffic(generator: &Generator, Figures { from, to, application, .. }: &Figures) -> Value {
    let seconds = (to.at - from.at) as f64 / 1e9;
    let delivered = (to.counts.delivered - from.counts.delivered) as f64;
    let reads = (to.counts.reads - from.counts.reads) as f64;
    json!({
        "seconds": rounded(seconds),
        // By the clock of the machine, in milliseconds: for whoever has figures of its own.
        "measured": [from.clock, to.clock],
        "sentPerSecond": ((to.counts.sent - from.counts.sent) as f64 / seconds).round(),
        "deliveredPerSecond": (delivered / seconds).round(),
        "messagesPerRead": rounded(delivered / reads.max(1.0)),
        "latencyMs": generator.inspector.tally.latency.summary(),
        "httpMs": application.as_ref().map(|answers| answers.times.summary()),
    })
}

fn cost(generator: &Generator, Figures { from, to, .. }: &Figures) -> Value {
    let seconds = (to.at - from.at) as f64 / 1e9;
    let server = spent(from.server_cpu, to.server_cpu);
    let own = spent(from.own_cpu, to.own_cpu);
    let machine = spent(from.machine_cpu, to.machine_cpu);
    let others = machine.zip(server).zip(own).map(|((all, server), own)| all - server - own);
    let each = |events: u64| {
        let events = (events > 0).then_some(events as f64);
        server.zip(events).map(|(cpu, events)| rounded(cpu * 1e6 / events))
    };
    let by_visits = generator.workload.kind == Kind::Join;
    json!({
        "cpuPerDelivery": each(to.counts.delivered - from.counts.delivered),
        "cpuPerVisit": if by_visits { each(to.counts.visits - from.counts.visits) } else { None },
        "serverCores": server.map(|cpu| rounded(cpu / seconds)),
        "generatorCores": own.map(|cpu| rounded(cpu / seconds)),
        // What else ran here: distrust a run where it is much.
        "otherCores": others.map(|cpu| rounded(cpu.max(0.0) / seconds)),
    })
}

fn visits(generator: &Generator, Figures { from, to, .. }: &Figures) -> Value {
    let seconds = (to.at - from.at) as f64 / 1e9;
    let visits = to.counts.visits - from.counts.visits;
    let visited = generator.workload.kind == Kind::Join;
    json!({
        "visitsPerSecond": visited.then(|| (visits as f64 / seconds).round()),
        "enteringMs": if visited { generator.inspector.tally.entering.summary() } else { Value::Null },
    })
}

fn crowd(generator: &Generator, Figures { empty, full, to, .. }: &Figures) -> Value {
    let residents = (generator.workload.rooms * generator.workload.members) as f64;
    let grown =
        empty.server_kib.zip(to.server_kib).map(|(before, after)| after as f64 - before as f64);
    json!({
        "clients": residents,
        "connectSeconds": rounded((full.at - empty.at) as f64 / 1e9),
        "connectCpu": spent(empty.server_cpu, full.server_cpu).map(rounded),
        "residentKib": to.server_kib,
        "kibPerClient": grown.map(|kib| rounded(kib / residents)),
    })
}

fn faults(generator: &Generator, figures: &Figures) -> Value {
    let workload = &generator.workload;
    let tally = &generator.inspector.tally;
    let counts = tally.counts;
    let residents = &generator.clients[..workload.rooms * workload.members];
    let mistaken = residents.iter().filter(|client| !client.knows(workload.visible())).count();
    json!({
        "delivered": counts.delivered,
        "notices": counts.notices,
        "verified": counts.verified,
        "faults": {
            "lost": figures.expected.saturating_sub(counts.delivered),
            "gaps": counts.gaps,
            "late": counts.late,
            "bad": counts.bad,
            "dropped": counts.dropped,
            "rosters": mistaken,
            "http": figures.application.as_ref().map_or(0, |answers| answers.failed),
        },
        "note": tally.note,
    })
}

fn spent(from: Option<f64>, to: Option<f64>) -> Option<f64> {
    from.zip(to).map(|(from, to)| to - from)
}

/// To thousandths.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
