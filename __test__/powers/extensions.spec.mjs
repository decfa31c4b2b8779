/** Messages of the protocol that the original declares and never sends, and who gets them. */

import { expect } from 'vitest'
import { gate } from '../support/inbox.mjs'
import { staged } from '../support/lifecycle.mjs'
import { helloReq } from '../support/messages.mjs'

const failed = (msg) => ({ type: 0, protocol: 'websocket-room-server:1', roomProtocol: 'test:1', msg })

staged('a hello that a hook refuses: the whole reason first, then the close', async (s) => {
  const reason = 'because '.repeat(40)
  s.wss.onHelloReq = () => {
    throw new Error(reason)
  }
  const [plain, extended] = [await s.connect(), await s.connect()]
  plain.send(helloReq())
  extended.send(helloReq({ ext: {} }))
  const message = await extended.next()
  expect(message).toMatchObject({ ...failed(message.msg) })
  expect(message.msg.length).toBeGreaterThan(123)
  expect(`error: ${reason}`.startsWith(message.msg)).toBe(true)
  for (const client of [plain, extended]) {
    const { code, reason: cut } = await client.closed
    expect([code, cut]).toEqual([1002, `error: ${reason}`.slice(0, 123)])
  }
  await expect(plain.next()).rejects.toThrow('closed')
})

staged('a second message during the hello hook is refused in the same way', async (s) => {
  s.wss.onHelloReq = () => new Promise(() => {})
  const client = await s.connect()
  client.send(helloReq({ ext: {} })).change({ room: { k: 'v' } })
  const reason = 'error: received message while processing hello'
  expect(await client.next()).toEqual(failed(reason))
  expect(await client.closed).toEqual({ code: 1002, reason })
})

staged('extensions are granted to who asks with an object, and change nothing else', async (s) => {
  const hellos = []
  s.wss.onHelloReq = (_wss, req) => {
    hellos.push(Object.keys(req))
    return { clientState: req.clientState, readonly: false }
  }
  const texts = []
  for (const fields of [{}, { ext: {} }, { ext: { later: 1 } }, { ext: true }, { ext: null }, { ext: [] }]) {
    const client = await s.connect()
    client.send(helloReq(fields))
    texts.push((await client.nextText()).replaceAll(/connection:\d+/g, 'me'))
    await client.close()
    await s.wss.closeRoom('room')
  }
  const plain = texts[0]
  const granted = plain.replace(/}$/, ',"ext":{}}')
  expect(texts).toEqual([plain, granted, granted, plain, plain, plain])
  expect(new Set(hellos.map(String)).size).toBe(1)
})

staged('who asks to leave is answered and closed, and the others see it leave', async (s) => {
  const [goes, stays] = await s.joinAll(2)
  goes.send({ type: 6, msg: 'bye' })
  expect(await goes.next()).toEqual({ type: 7 })
  expect(await goes.closed).toEqual({ code: 1000, reason: '' })
  expect(await stays.next()).toEqual({ type: 3, removeClients: [goes.id] })
})

staged('with flush what was asked before is answered first', async (s) => {
  const work = gate()
  s.wss.onActionReq = async (_wss, { id }) => {
    await work.promise
    return { type: 5, id, success: true }
  }
  s.wss.onChangeReq = async (_wss, { roomChanges }) => {
    await work.promise
    return { roomChanges }
  }
  const [goes, stays] = await s.joinAll(2)
  goes
    .action('a', { id: '1' })
    .change({ room: { k: 'v' } })
    .action('b', { id: '2' })
    .send({ type: 6, flush: true })
  await goes.quiet()
  work.open()
  expect(await goes.take(3)).toEqual([
    { type: 5, id: '1', success: true },
    { type: 5, id: '2', success: true },
    { type: 7 },
  ])
  expect(await goes.closed).toEqual({ code: 1000, reason: '' })
  expect(await stays.take(2)).toMatchObject([
    { roomChanges: [{ key: 'k', value: 'v' }] },
    { removeClients: [goes.id] },
  ])
})

staged('without flush it is not waited for', async (s) => {
  const [called, work] = [gate(), gate()]
  s.wss.onActionReq = async (_wss, { id }) => {
    called.open()
    await work.promise
    return { type: 5, id, success: true }
  }
  const client = await s.join()
  client.action('a', { id: '1' }).send({ type: 6 })
  await called.promise
  expect(await client.next()).toEqual({ type: 7 })
  work.open()
  expect(await client.closed).toEqual({ code: 1000, reason: '' })
  await expect(client.next()).rejects.toThrow('closed')
})
