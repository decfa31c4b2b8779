/**
 * What is measured: for each workload what the generator is asked to do (`load`, see src/engine/examples/load/workload.rs), which
 * peers take part, and which of its figures are shown; in the chart the first one, or the one that `shown` says. `extra` workloads run
 * only when they are asked for by name.
 */

const DELIVERIES = { name: 'deliveries/s', of: (run) => run.deliveredPerSecond, more: true }
const CPU = { name: 'CPU µs each', of: (run) => run.cpuPerDelivery }
const CORES = { name: 'CPU cores', of: (run) => run.serverCores }
const P50 = { name: 'p50 ms', of: (run) => run.latencyMs?.p50 }
const P99 = { name: 'p99 ms', of: (run) => run.latencyMs?.p99 }
const HTTP_P50 = { name: "app's http p50 ms", of: (run) => run.httpMs?.p50 }
const HTTP_P99 = { name: "app's http p99 ms", of: (run) => run.httpMs?.p99 }
const LOOP_P99 = { name: 'event loop late, p99 ms', of: (run) => run.loopMs?.p99 }

const PLAIN = ['ours', 'original', 'ws']
const HOOKS = ['ours', 'ours+hooks', 'original', 'original+hooks', 'ws']

/** Requests to the application in a second. */
const PROBE = 200

export const WORKLOADS = {
  'fan-out': {
    title: '1 room of 100, one sends, one change at a time',
    load: { members: 100, pace: { window: 1 } },
    peers: [...PLAIN, 'socket.io'],
    metrics: [DELIVERIES, CPU, P99],
    shown: 1,
  },
  'fan-out-32': {
    title: '1 room of 100, one sends, 32 changes outstanding',
    load: { members: 100, pace: { window: 32 } },
    peers: [...HOOKS, 'socket.io'],
    metrics: [DELIVERIES, CPU, P99],
  },
  rooms: {
    title: '100 rooms of 10, all send, as fast as they can',
    load: { rooms: 100, members: 10, senders: 10, pace: { window: 1 }, probe: PROBE },
    peers: [...HOOKS, 'socket.io'],
    metrics: [DELIVERIES, CPU, P99, HTTP_P50, LOOP_P99],
  },
  actions: {
    title: '100 clients ask for actions, 4 outstanding each',
    load: { kind: 'action', rooms: 10, members: 10, senders: 10, pace: { window: 4 } },
    peers: ['ours+hooks', 'original+hooks', 'ws', 'socket.io'],
    metrics: [{ ...DELIVERIES, name: 'answers/s' }, CPU, P99],
  },
  action: {
    title: '1 client asks for actions, one at a time',
    load: { kind: 'action', members: 1, pace: { window: 1 } },
    peers: ['ours+hooks', 'original+hooks', 'ws'],
    metrics: [P50, P99, CPU],
    extra: true,
  },
  large: {
    title: '1 room of 100, one sends 16 KiB values, 4 outstanding',
    load: { members: 100, pace: { window: 4 }, payload: 16 << 10 },
    peers: PLAIN,
    metrics: [DELIVERIES, CPU, P99],
  },
  steady: {
    title: '100 rooms of 10, all send, 4,000 changes a second',
    load: { rooms: 100, members: 10, senders: 10, pace: { poisson: 4000 }, probe: PROBE, seconds: 2 },
    peers: HOOKS,
    metrics: [CORES, P99, HTTP_P99, LOOP_P99],
    shown: 2,
  },
  rush: {
    title: '100 rooms of 10, all send, 6,500 changes a second',
    load: { rooms: 100, members: 10, senders: 10, pace: { poisson: 6500 }, probe: PROBE, seconds: 4 },
    peers: HOOKS,
    metrics: [CORES, P99, HTTP_P99, LOOP_P99],
    shown: 2,
    extra: true,
  },
  crowd: {
    title: '1 room of 2,000, one sends 10 changes a second',
    load: { members: 2000, readonly: true, pace: { even: 10 }, probe: PROBE, seconds: 2 },
    peers: PLAIN,
    metrics: [CORES, P99, HTTP_P99, LOOP_P99],
    shown: 2,
  },
  idle: {
    title: '5,000 clients in 500 rooms, at rest',
    load: { kind: 'hold', rooms: 500, members: 10, settle: 0.5, warmup: 0, seconds: 0.5 },
    peers: PLAIN,
    metrics: [{ name: 'KiB per client', of: (run) => run.kibPerClient }],
  },
  joins: {
    title: '32 clients at a time join a room with 9 others, and leave',
    load: { kind: 'join', rooms: 100, members: 9, joiners: 32 },
    peers: PLAIN,
    metrics: [
      { name: 'joins/s', of: (run) => run.visitsPerSecond, more: true },
      { name: 'CPU µs per join', of: (run) => run.cpuPerVisit },
      { name: 'p99 ms to join', of: (run) => run.enteringMs?.p99 },
    ],
  },
  storm: {
    title: '1,000 clients join one room, 64 at a time',
    load: { kind: 'hold', members: 1000, warmup: 0, seconds: 0.1 },
    peers: ['ours', 'original'],
    metrics: [
      { name: 'CPU s', of: (run) => run.connectCpu },
      { name: 'seconds', of: (run) => run.connectSeconds },
    ],
  },
}

/** How cost grows with size. One change at a time, so that nothing is hidden by batches. */
export const CURVES = {
  members: {
    title: 'CPU µs per delivery, by members of the room',
    points: [10, 100, 1000, 2000],
    load: (members) => ({ members, readonly: true, pace: { window: 1 } }),
    of: (run) => run.cpuPerDelivery,
  },
  keys: {
    title: 'CPU µs per change (and its 10 deliveries), by keys in the room',
    points: [1, 100, 10_000],
    load: (keys) => ({ keys, members: 10, pace: { window: 1 } }),
    of: (run) => run.cpuPerDelivery * 10,
  },
  rooms: {
    title: 'CPU µs per change (and its delivery), by rooms; one of them is in use',
    points: [1, 100, 10_000],
    load: (rooms) => ({ rooms, members: 1, active: 1, pace: 'turns' }),
    of: (run) => run.cpuPerDelivery,
  },
  turns: {
    title: 'The same where each change is in another room, on sockets that no cache holds any more',
    points: [1, 100, 10_000],
    load: (rooms) => ({ rooms, members: 1, pace: 'turns' }),
    of: (run) => run.cpuPerDelivery,
  },
}

export const CURVE_PEERS = ['ours', 'original', 'ws']

/** Whom a peer is compared with. */
export function baseline(peer, peers) {
  return peer.endsWith('+hooks') || !peers.includes('original') ? 'original+hooks' : 'original'
}
