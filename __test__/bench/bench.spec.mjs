/** Shows that the benchmark's generator sees what goes wrong, and that nothing does here. */

import { beforeAll, describe, expect, test } from 'vitest'
import { build, generate } from './generator.mjs'
import { Peer } from './peers.mjs'
import { figure } from './summary.mjs'

const LOAD = { members: 20, pace: { window: 32 }, warmup: 0.1, seconds: 0.9 }

let program

beforeAll(() => {
  program = build({ release: false })
}, 300_000)

async function faultsOf(name, { fault, ...load } = {}) {
  const peer = await Peer.start(name, { env: fault ? { BENCH_FAULT: fault } : {} })
  try {
    const { port, pid: server, wire } = peer
    return await generate(program, { ...LOAD, port, server, wire, ...load })
  } finally {
    await peer.stop()
  }
}

const NONE = { lost: 0, gaps: 0, late: 0, bad: 0, dropped: 0, rosters: 0, http: 0 }

describe.sequential('a relay that treats every 500th notification badly', () => {
  test('by dropping it: lost, and a gap', async () => {
    const { faults } = await faultsOf('ws', { fault: 'drop' })
    expect(faults.lost).toBeGreaterThan(0)
    expect(faults.gaps).toBeGreaterThan(0)
    expect(faults.late).toBe(0)
  })

  test('by repeating it: late', async () => {
    const { faults } = await faultsOf('ws', { fault: 'repeat' })
    expect(faults.late).toBeGreaterThan(0)
    expect(faults.gaps).toBe(0)
  })

  test('by swapping it with the next: a gap, and late', async () => {
    const { faults } = await faultsOf('ws', { fault: 'swap' })
    expect(faults.gaps).toBeGreaterThan(0)
    expect(faults.late).toBe(faults.gaps)
  })
})

test('figures have three digits', () => {
  const rows = [
    [7.824, '7.82'],
    [0.1234, '0.12'],
    [1713.2, '1,713'],
    [61_234, '61.2k'],
    [999_499, '999k'],
    [999_950, '1.00M'],
    [3_841_000, '3.84M'],
  ]
  for (const [value, text] of rows) expect(figure(value)).toBe(text)
})

describe.sequential('no faults', () => {
  for (const peer of ['ours', 'ours+hooks', 'original', 'ws', 'socket.io'])
    test(`${peer}: changes`, async () => {
      const { faults, delivered, verified, note } = await faultsOf(peer)
      expect(note).toBeNull()
      expect(faults).toEqual(NONE)
      expect(delivered).toBeGreaterThan(1000)
      expect(verified).toBeGreaterThan(0)
    })

  test('ours: clients that come and go', async () => {
    const load = { kind: 'join', rooms: 3, members: 4, joiners: 8 }
    const { faults, visitsPerSecond } = await faultsOf('ours', load)
    expect(faults).toEqual(NONE)
    expect(visitsPerSecond).toBeGreaterThan(0)
  })

  test('ours+hooks: actions, and the application beside them', async () => {
    const load = { kind: 'action', members: 5, senders: 5, pace: { window: 4 }, probe: 100 }
    const { faults, deliveredPerSecond, httpMs } = await faultsOf('ours+hooks', load)
    expect(faults).toEqual(NONE)
    expect(deliveredPerSecond).toBeGreaterThan(0)
    expect(httpMs.count).toBeGreaterThan(0)
  })

  test('ours: one room of many in use', async () => {
    const { faults, delivered } = await faultsOf('ours', { rooms: 5, members: 2, active: 1, pace: 'turns' })
    expect(faults).toEqual(NONE)
    expect(delivered).toBeGreaterThan(0)
  })

  test('the event loop of an application that is kept busy is late, by so much and in that time', async () => {
    const peer = await Peer.start('ours', { watchLoop: true })
    try {
      const begin = Date.now()
      await fetch(`http://127.0.0.1:${peer.port}/block`)
      const end = Date.now()
      expect((await peer.lateness([begin, end + 50])).max).toBeGreaterThan(150)
      expect(await peer.lateness([0, 1])).toEqual({ p99: null, max: null })
    } finally {
      await peer.stop()
    }
  })
})
