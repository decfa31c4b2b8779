/** Requests that have gathered while the thread was busy are handed on one after another. */

import { expect } from 'vitest'
import { spin, staged } from '../support/lifecycle.mjs'

/** Has all clients ask while the thread is busy, so that their requests come in one batch. */
function askTogether(clients, each = 1) {
  clients[0].action('spin')
  for (let i = 0; i < each; i++) for (const client of clients) client.action(`${i}`)
}

/** What a hook does for the request that keeps the thread busy. */
function busy({ action }) {
  if (action === 'spin') spin(100)
  return action === 'spin'
}

/** The answers of all, but the first client's to the one that kept the thread busy. */
async function answersOf(clients, each = 1) {
  expect(await clients[0].next()).toEqual({ first: true })
  return Promise.all(clients.map((client) => client.take(each)))
}

staged('a hook that waits for nothing but microtasks is done before the next begins', async (s) => {
  const log = []
  s.wss.onActionReq = async (_wss, req, _room, clientId) => {
    if (busy(req)) return { first: true }
    log.push(`begin ${clientId} ${req.action}`)
    for (let i = 0; i < 10; i++) await null
    log.push(`end ${clientId} ${req.action}`)
    return {}
  }
  const clients = await s.joinAll(20)
  askTogether(clients, 5)
  await answersOf(clients, 5)
  expect(log).toHaveLength(200)
  for (let i = 0; i < log.length; i += 2) expect(log[i + 1]).toBe(log[i].replace('begin', 'end'))
})

staged('what a change hook has let through, the next hook sees', async (s) => {
  s.wss.onActionReq = async (_wss, req) => busy(req) && { first: true }
  s.wss.onChangeReq = async (_wss, _req, room) => {
    await null
    return { roomChanges: [{ key: 'n', value: `${Number(room.state.n ?? 0) + 1}` }], echo: true }
  }
  const clients = await s.joinAll(10)
  clients[0].action('spin')
  for (let i = 0; i < 20; i++) for (const client of clients) client.change({ room: [] })
  expect(await clients[0].next()).toEqual({ first: true })
  await Promise.all(clients.map((client) => client.take(200)))
  expect(s.wss.rooms.room.state.n).toBe('200')
})

staged('a hook that really waits keeps nobody waiting', async (s) => {
  let go
  const gate = new Promise((resolve) => (go = resolve))
  s.wss.onActionReq = async (_wss, req, _room, clientId) => {
    if (busy(req)) return { first: true }
    if (clientId === waiting.id) await gate
    return { of: clientId }
  }
  const clients = await s.joinAll(20)
  const waiting = clients[10]
  askTogether(clients)
  const others = clients.filter((client) => client !== waiting)
  expect(await answersOf(others)).toEqual(others.map(({ id }) => [{ of: id }]))
  go()
  expect(await waiting.next()).toEqual({ of: waiting.id })
})

staged('a hook that settles late, amidst the batch of others, begins none of theirs early', async (s) => {
  const [begun, seen] = [[], []]
  let settle
  s.wss.onActionReq = (_wss, req, _room, clientId) => {
    if (busy(req)) return { first: true }
    begun.push(clientId)
    if (begun.length === 1) return new Promise((resolve) => (settle = resolve))
    return (async () => {
      settle({})
      const before = begun.length
      for (let i = 0; i < 10; i++) await null
      seen.push(begun.length - before)
      return {}
    })()
  }
  const clients = await s.joinAll(20)
  askTogether(clients)
  await answersOf(clients)
  expect(seen).toEqual(Array(19).fill(0))
})

staged('hooks that throw at once are not called from within one another', async (s) => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = Infinity
  const depths = new Set()
  s.wss.onActionReq = (_wss, req, _room, clientId) => {
    if (busy(req)) return { first: true }
    depths.add(new Error().stack.split('\n').length)
    if (throwing.has(clientId)) throw new Error('no')
    return {}
  }
  const clients = await s.joinAll(40)
  const throwing = new Set(clients.slice(1).map(({ id }) => id))
  askTogether(clients)
  expect(await clients[0].take(2)).toEqual([{ first: true }, {}])
  for (const client of clients.slice(1)) expect(await client.closed).toMatchObject({ code: 1002 })
  Error.stackTraceLimit = limit
  expect(Math.max(...depths)).toBeLessThan(20)
})
