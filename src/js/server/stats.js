'use strict'

/**
 * Figures for an operator: the engine's counters with what JavaScript knows of its hooks, as an object and as
 * OpenMetrics text.
 */

/** @import { RoomServerStats } from '../../../index.js' */
/** @import { Bridge } from './bridge' */
/** @import { HookTimes } from './hook-times' */

/** Before the engine is there. */
const nothing = () => ({
  rooms: 0,
  clients: 0,
  connections: 0,
  dropped: 0,
  messagesIn: 0,
  messagesOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  queuedBytes: 0,
  pendingCalls: 0,
  closes: {},
  resumes: { replayed: 0, snapshot: 0, refused: 0 },
})

/**
 * Close codes that get a series of their own. Clients choose codes too, and series must not be theirs to
 * make.
 */
const CODES = new Set(
  [
    1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1013, 4100, 4101, 4102, 4199, 4500, 4501,
    4502,
  ].map(String),
)

/** Gauges and counters with a member of the statistics each: `[name, type, unit, member, help]`. */
const SIMPLE = /** @type {const} */ ([
  ['rooms', 'gauge', '', 'rooms', 'Rooms.'],
  ['clients', 'gauge', '', 'clients', 'Clients in rooms.'],
  ['connections', 'gauge', '', 'connections', 'Open connections, in rooms or not.'],
  ['dropped', 'gauge', '', 'dropped', 'Clients in rooms that have lost their connection and may come back.'],
  ['messages_received', 'counter', '', 'messagesIn', 'Messages from clients.'],
  ['messages_sent', 'counter', '', 'messagesOut', 'Messages queued for clients, one for each receiver.'],
  ['received_bytes', 'counter', 'bytes', 'bytesIn', 'Bytes read from sockets.'],
  ['sent_bytes', 'counter', 'bytes', 'bytesOut', 'Bytes written to sockets.'],
  ['queued_bytes', 'gauge', 'bytes', 'queuedBytes', 'Bytes that wait for clients to read them.'],
  ['pending_calls', 'gauge', '', 'pendingCalls', 'Requests that wait for hooks.'],
])

/**
 * @param {Bridge} bridge
 * @param {HookTimes} times
 * @param {number} since when the room server was made, by performance.now()
 * @returns {RoomServerStats}
 */
function readStats(bridge, times, since) {
  const engine = bridge.started ? JSON.parse(bridge.native.stats()) : nothing()
  /** @type {RoomServerStats['hooks']} */
  const hooks = {}
  for (const [name, { count, errors, totalMs, maxMs }] of times.entries()) {
    hooks[name] = { count, errors, meanMs: totalMs / count, maxMs }
  }
  return { ...engine, hooks, uptimeMs: performance.now() - since }
}

/**
 * @param {RoomServerStats} stats
 * @returns {string} OpenMetrics 1.0 text
 */
function metricsText(stats) {
  const lines = SIMPLE.flatMap(([name, type, unit, member, help]) =>
    family(name, { type, unit, help }, [[type === 'counter' ? `${name}_total` : name, '', stats[member]]]),
  )
  lines.push(...closeLines(stats.closes), ...resumeLines(stats.resumes), ...hookLines(stats.hooks))
  const uptime = /** @type {Sample} */ (['uptime_seconds', '', stats.uptimeMs / 1000])
  const help = 'Time since the room server was made.'
  lines.push(...family('uptime_seconds', { type: 'gauge', unit: 'seconds', help }, [uptime]))
  return `${lines.join('\n')}\n# EOF\n`
}

/** @typedef {[name: string, labels: string, value: number]} Sample */

/**
 * @param {string} name
 * @param {{ type: string, unit?: string, help: string }} about
 * @param {Sample[]} samples
 */
function family(name, { type, unit, help }, samples) {
  const metric = `room_server_${name}`
  return [
    `# TYPE ${metric} ${type}`,
    ...(unit ? [`# UNIT ${metric} ${unit}`] : []),
    `# HELP ${metric} ${help}`,
    ...samples.map(([full, labels, value]) => `room_server_${full}${labels} ${value}`),
  ]
}

/** @param {Record<string, number>} closes */
function closeLines(closes) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const [code, count] of Object.entries(closes)) {
    const label = CODES.has(code) ? code : 'other'
    counts.set(label, (counts.get(label) ?? 0) + count)
  }
  const help = 'Ended connections by close code; 1006 was cut, 1005 gave none.'
  const samples = [...counts].map(([code, count]) => sample('closes_total', `{code="${code}"}`, count))
  return family('closes', { type: 'counter', help }, samples)
}

/** @param {RoomServerStats['resumes']} resumes */
function resumeLines(resumes) {
  const help = 'Clients that came back, by what they got: what they had missed, a snapshot, or nothing.'
  const samples = Object.entries(resumes).map(([outcome, count]) =>
    sample('resumes_total', `{outcome="${outcome}"}`, count),
  )
  return family('resumes', { type: 'counter', help }, samples)
}

/** @param {RoomServerStats['hooks']} hooks */
function hookLines(hooks) {
  const entries = Object.entries(hooks)
  const seconds = { type: 'summary', unit: 'seconds', help: 'Time from the call of a hook until it is done.' }
  const errors = { type: 'counter', help: 'Hooks that threw, rejected or took too long.' }
  const longest = { type: 'gauge', unit: 'seconds', help: 'The longest time that a hook has taken.' }
  const name = 'hook_duration_seconds'
  return [
    ...family(
      name,
      seconds,
      entries.flatMap(([hook, { count, meanMs }]) => [
        sample(`${name}_count`, `{hook="${hook}"}`, count),
        sample(`${name}_sum`, `{hook="${hook}"}`, (meanMs * count) / 1000),
      ]),
    ),
    ...family(
      'hook_errors',
      errors,
      entries.map(([hook, time]) => sample('hook_errors_total', `{hook="${hook}"}`, time.errors)),
    ),
    ...family(
      'hook_max_seconds',
      longest,
      entries.map(([hook, { maxMs }]) => sample('hook_max_seconds', `{hook="${hook}"}`, maxMs / 1000)),
    ),
  ]
}

/**
 * @param {string} name
 * @param {string} labels
 * @param {number} value
 * @returns {Sample}
 */
function sample(name, labels, value) {
  return [name, labels, value]
}

exports.metricsText = metricsText
exports.readStats = readStats
