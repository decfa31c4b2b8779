/** In which order things happen, with and without hooks that wait. */

import { expect } from 'vitest'
import { gate, within } from '../../support/inbox.mjs'
import { changeReq, helloReq } from '../../support/messages.mjs'
import { frame } from '../../support/raw-client.mjs'

const note = (text) => ({ type: 3, roomChanges: [{ key: 'note', value: text }] })

export function ordering({ behaviour }) {
  behaviour("a client's changes are heard in the order in which it sent them", async (s) => {
    const [writer, other] = await s.joinAll(2)
    for (let i = 0; i < 300; i++) writer.change({ room: { n: `${i}` } })
    const heard = (await other.take(300)).map(({ roomChanges }) => Number(roomChanges[0].value))
    expect(heard).toEqual(Array.from({ length: 300 }, (_, i) => i))
  })

  behaviour('all clients of a room hear the same in the same order', async (s) => {
    const [a, b, ...observers] = await s.joinAll(4)
    for (let i = 0; i < 150; i++) {
      a.change({ room: { n: `a${i}` } })
      b.change({ room: { n: `b${i}` } })
    }
    const [first, second] = await Promise.all(observers.map((observer) => observer.take(300)))
    expect(first).toEqual(second)
    expect(first.at(-1).roomChanges[0].value).toBe(s.wss.rooms.room.state.n)
  })

  behaviour('what a newcomer is told of the room and what it hears next fit together', async (s) => {
    const writer = await s.join()
    const newcomers = []
    for (let i = 1; i <= 300; i++) {
      writer.change({ room: { n: `${i}` } })
      if (i % 30 === 0)
        newcomers.push(await s.connect().then((client) => client.send(helloReq({ readonly: true }))))
    }
    for (const newcomer of newcomers) {
      const { roomState } = await newcomer.next()
      let last = Number(roomState.n ?? 0)
      while (last < 300)
        expect((await newcomer.next()).roomChanges).toEqual([{ key: 'n', value: `${++last}` }])
    }
  })

  behaviour('hooks start in the order in which the requests came', async (s) => {
    const started = []
    s.wss.onChangeReq = async (_wss, { roomChanges }) => {
      started.push(roomChanges[0].value)
      return {}
    }
    s.wss.onActionReq = async (_wss, { data }) => started.push(data)
    const client = await s.join()
    for (let i = 0; i < 50; i++)
      client.change({ room: { n: `${2 * i}` } }).action('x', { data: `${2 * i + 1}` })
    await client.until((message) => message === 100)
    expect(started).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`))
  })

  behaviour('hooks that do not wait answer in order', async (s) => {
    s.wss.onActionReq = async (_wss, { id }) => id
    const client = await s.join()
    const ids = Array.from({ length: 100 }, (_, i) => `${i}`)
    for (const id of ids) client.action('x', { id })
    expect(await client.take(100)).toEqual(ids)
  })

  behaviour('changes take effect in the order in which their hooks finish', async (s) => {
    const slow = gate()
    s.wss.onChangeReq = async (_wss, { roomChanges }) => {
      if (roomChanges[0].value === 'first') await slow.promise
      return { roomChanges, echo: true }
    }
    const client = await s.join()
    client.change({ room: { a: 'first' } }).change({ room: { a: 'second' } })
    expect((await client.next()).roomChanges[0].value).toBe('second')
    slow.open()
    expect((await client.next()).roomChanges[0].value).toBe('first')
    expect(s.wss.rooms.room.state.a).toBe('first')
  })

  behaviour('an action may wait for another one of the same client', async (s) => {
    const second = gate()
    s.wss.onActionReq = async (_wss, { action }) => {
      if (action === 'second') second.open()
      await second.promise
      return action
    }
    const client = await s.join()
    client.action('first').action('second')
    expect(new Set(await client.take(2))).toEqual(new Set(['first', 'second']))
  })

  behaviour('a hook of one client does not hold up another', async (s) => {
    const slow = gate()
    s.wss.onActionReq = async (_wss, { action }) => {
      if (action === 'wait') await slow.promise
      return action
    }
    const [waiting, other] = await s.joinAll(2)
    waiting.action('wait')
    expect(await other.ask('go')).toBe('go')
    slow.open()
    expect(await waiting.next()).toBe('wait')
  })

  behaviour('an action hook may start before an earlier change with a hook has been applied', async (s) => {
    const acted = gate()
    s.wss.onChangeReq = async (_wss, { roomChanges }) => {
      await acted.promise
      return { roomChanges, echo: true }
    }
    s.wss.onActionReq = async (_wss, _req, room) => {
      acted.open()
      return { seen: room.state.a ?? 'nothing' }
    }
    const client = await s.join()
    client.change({ room: { a: '1' } }).action('look')
    expect(await client.take(2)).toContainEqual({ seen: 'nothing' })
  })

  behaviour('what an action hook sends comes before its answer, in the order of the calls', async (s) => {
    s.wss.onActionReq = async (wss, _req, room, _id, info) => {
      info.ws.send('"sent 1"')
      wss.broadcastChange(room, note('broadcast 1'))
      info.ws.send('"sent 2"')
      await null
      wss.broadcastChange(room, note('broadcast 2'))
      return 'the answer'
    }
    const [client, other] = await s.joinAll(2)
    client.action('x')
    expect(await client.take(5)).toEqual([
      'sent 1',
      note('broadcast 1'),
      'sent 2',
      note('broadcast 2'),
      'the answer',
    ])
    expect(await other.take(2)).toEqual([note('broadcast 1'), note('broadcast 2')])
  })

  behaviour('what a change hook sends comes before the notification', async (s) => {
    s.wss.onChangeReq = async (_wss, { roomChanges }, room) => {
      s.wss.broadcastChange(room, note('first'))
      return { roomChanges, echo: true }
    }
    const [client, other] = await s.joinAll(2)
    client.change({ room: { a: '1' } })
    for (const hearer of [client, other]) {
      const [first, second] = await hearer.take(2)
      expect([first, second.roomChanges]).toEqual([note('first'), [{ key: 'a', value: '1' }]])
    }
  })

  behaviour(
    'what a hello hook broadcasts reaches the others before the join, and never the joiner',
    async (s) => {
      const other = await s.join()
      s.wss.onHelloReq = async (_wss, { clientState }) => {
        await null
        s.wss.broadcastChange(s.wss.rooms.room, note('someone comes'))
        return { clientState, readonly: false }
      }
      const joiner = await s.join()
      const [first, second] = await other.take(2)
      expect([first, Object.keys(second.addClients)]).toEqual([note('someone comes'), [joiner.id]])
      await joiner.quiet()
    },
  )

  behaviour('what a hello hook sends to the joiner comes before the answer', async (s) => {
    s.wss.onHelloReq = async (_wss, { clientState }, _id, sws) => {
      sws.send('"wait a moment"')
      return { clientState, readonly: false }
    }
    const client = await s.connect()
    client.send(helloReq())
    const [first, second] = await client.take(2)
    expect([first, second.type]).toEqual(['wait a moment', 1])
  })

  behaviour('the others hear of a leaver before what the leave hook broadcasts', async (s) => {
    s.wss.onLeave = async (wss, room) => {
      wss.broadcastChange(room, note('goodbye'))
      for (const { ws } of Object.values(room.clients)) ws.send('"to you"')
    }
    const [client, other] = await s.joinAll(2)
    await client.terminate()
    expect(await other.take(3)).toEqual([{ type: 3, removeClients: [client.id] }, note('goodbye'), 'to you'])
  })

  behaviour('a change whose client leaves while its hook runs is still made and told', async (s) => {
    const [started, slow] = [gate(), gate()]
    s.wss.onChangeReq = async (_wss, { roomChanges, clientChanges }) => {
      started.open()
      await slow.promise
      return { roomChanges, clientChanges }
    }
    const [client, other] = await s.joinAll(2)
    client.change({ room: { a: '1' }, client: { b: '2' } })
    await within(started.promise, 'the hook was not called')
    await client.terminate()
    expect(await other.next()).toEqual({ type: 3, removeClients: [client.id] })
    slow.open()
    const updateClients = { [client.id]: [{ key: 'b', value: '2' }] }
    expect(await other.next()).toEqual({ type: 3, roomChanges: [{ key: 'a', value: '1' }], updateClients })
    expect({ ...s.wss.rooms.room.state }).toEqual({ a: '1' })
  })

  behaviour('the answer to a client that has left while the hook ran is dropped', async (s) => {
    const [started, slow] = [gate(), gate()]
    s.wss.onActionReq = async (_wss, { action }) => {
      if (action === 'wait') {
        started.open()
        await slow.promise
      }
      return action
    }
    const [client, other] = await s.joinAll(2)
    client.action('wait')
    await within(started.promise, 'the hook was not called')
    await client.terminate()
    slow.open()
    expect(await other.next()).toEqual({ type: 3, removeClients: [client.id] })
    expect(await other.ask('go')).toBe('go')
  })

  behaviour('several changes in one packet are told one by one, in order', async (s) => {
    const other = await s.join()
    const client = await s.joinRaw()
    await other.next()
    client.write(...[1, 2, 3].map((n) => frame(JSON.stringify(changeReq({ room: { n: `${n}` } })))))
    expect((await other.take(3)).map(({ roomChanges }) => roomChanges[0].value)).toEqual(['1', '2', '3'])
  })

  behaviour('a close right behind a change does not overtake it', async (s) => {
    const [client, other] = await s.joinAll(2)
    client.change({ room: { a: '1' } })
    await client.close(1000)
    expect((await other.take(2)).map((message) => Object.keys(message)[1])).toEqual([
      'roomChanges',
      'removeClients',
    ])
  })
}
