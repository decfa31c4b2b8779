/** A card table, played as an application of the package would write it. */

import { expect } from 'vitest'
import { PROTOCOL, cardTable } from '../../support/card-table.mjs'
import { gate, within } from '../../support/inbox.mjs'

const store = { table: { 'card:1': 'x=0,y=0', 'card:2': 'x=1,y=0', title: 'Table' } }

function opened(s, load = async (id) => store[id] ?? {}) {
  const table = cardTable(s.wss, { load })
  const player = (fields = {}) => ({
    roomProtocol: PROTOCOL,
    roomId: 'table',
    roomCredential: 'rw',
    clientState: {},
    ...fields,
  })
  return { ...table, player, sit: (fields) => s.join(player(fields)) }
}

export function consumer({ behaviour }) {
  behaviour('the first player finds the stored table and a seat', async (s) => {
    const { sit } = opened(s)
    const player = await sit({ clientState: { seat: 'stolen', name: 'Ann' } })
    expect(player.welcome.roomState).toEqual({ ...store.table, count: '1' })
    expect(Object.keys(player.welcome.roomState)).toEqual([...Object.keys(store.table), 'count'])
    expect(player.welcome.clients[player.id].clientState).toEqual({ name: 'Ann', seat: 'north' })
    await player.quiet()
  })

  behaviour(
    'further players get the next seats; those who sit hear first of the count, then of the player',
    async (s) => {
      const { sit } = opened(s)
      const first = await sit()
      const second = await sit()
      expect(await first.take(2)).toEqual([
        { type: 3, roomChanges: [{ key: 'count', value: '2' }] },
        { type: 3, addClients: { [second.id]: { clientState: { seat: 'east' } } } },
      ])
      expect(second.welcome.roomState.count).toBe('2')
      await second.quiet()
    },
  )

  behaviour('eight players that come at once find one table, loaded, and four seats', async (s) => {
    const loaded = []
    const { sit } = opened(s, async (id) => {
      loaded.push(id)
      await new Promise(setImmediate)
      return store[id]
    })
    const players = await Promise.all(Array.from({ length: 8 }, () => sit()))
    expect(loaded.length).toBeGreaterThan(0)
    for (const { welcome } of players) expect(welcome.roomState).toMatchObject(store.table)
    expect(Object.keys(s.wss.rooms.table.clients)).toHaveLength(8)
    const last = players.find(({ welcome }) => Object.keys(welcome.clients).length === 8)
    expect(last.welcome.roomState['card:1']).toBe('x=0,y=0')
  })

  behaviour('a wrong code and a wrong protocol are refused; no table is made', async (s) => {
    const { player } = opened(s)
    const stranger = await s.connect()
    stranger.send({ protocol: s.pkg.PROTOCOL, ...player({ roomCredential: 'guess' }) })
    const { code, reason } = await stranger.closed
    expect(code).toBe(1002)
    expect(reason).toMatch(s.differs('thrown-values', /^error: undefined$/, /Not found|404/))
    const old = await s.connect()
    old.send({ protocol: s.pkg.PROTOCOL, ...player({ roomProtocol: 'card-table:1' }) })
    expect(await old.closed).toEqual({
      code: 1002,
      reason: 'error: wrong room protocol (card-table:1 vs card-table:2)',
    })
    expect(Object.keys(s.wss.rooms)).toEqual([])
  })

  behaviour('the code may come in a cookie', async (s) => {
    const { player } = opened(s)
    const client = await s.join(player({ roomCredential: undefined }), {
      headers: { Cookie: 'theme=dark; code=rw' },
    })
    expect(client.welcome.readonly).toBe(false)
  })

  behaviour('a spectator sees everything, has no seat, and nobody hears of it', async (s) => {
    const { sit } = opened(s)
    const player = await sit()
    const spectator = await sit({ roomCredential: 'ro' })
    expect([spectator.welcome.readonly, Object.keys(spectator.welcome.clients)]).toEqual([true, [player.id]])
    expect(s.wss.rooms.table.clients[spectator.id].clientState).not.toHaveProperty('seat')
    await player.quiet()
    player.change({ room: { title: 'New' } })
    expect((await spectator.next()).roomChanges).toEqual([{ key: 'title', value: 'New' }])
  })

  behaviour('a player may not move cards by a change: the others hear of an empty one', async (s) => {
    const { sit } = opened(s)
    const [first, second] = [await sit(), await sit()]
    await first.take(2)
    first.change({ room: { 'card:1': 'x=9' } })
    expect(await second.next()).toEqual({ type: 3, roomChanges: [], updateClients: {} })
    expect(s.wss.rooms.table.state['card:1']).toBe('x=0,y=0')
  })

  behaviour(
    'a move is passed on to the bridge, and answered again when the bridge has moved the card',
    async (s) => {
      const { sit } = opened(s)
      const bridge = await sit({ clientState: { bridge: 'true' } })
      const player = await sit()
      await bridge.take(2)
      player.action('move', { id: '7', data: 'card:1' })
      expect(await player.next()).toEqual({ type: 5, id: '7', success: true, data: 'delegated', msg: null })
      expect(await bridge.next()).toEqual({ type: 4, action: 'move', id: 'delegated:7', data: 'card:1' })
      expect(s.wss.rooms.table.pendingMoves).toHaveLength(1)
      bridge.change({ room: { 'card:1': 'x=5,y=5' } })
      expect(await player.take(2)).toEqual([
        { type: 5, id: '7', success: true, msg: null },
        { type: 3, roomChanges: [{ key: 'card:1', value: 'x=5,y=5' }], updateClients: {} },
      ])
      expect(s.wss.rooms.table.pendingMoves).toHaveLength(0)
    },
  )

  behaviour('an answer shows the order of its members and its null', async (s) => {
    const { sit } = opened(s)
    const player = await sit()
    player.action('spotlight', { id: 'a' })
    expect(await player.nextText()).toBe('{"type":3,"roomChanges":[{"key":"spotlight","value":"north"}]}')
    expect(await player.nextText()).toBe('{"type":5,"id":"a","success":true,"msg":null}')
    expect(await player.ask('dance')).toEqual({ type: 5, success: false, msg: 'unknown action dance' })
  })

  behaviour('when the bridge leaves, the first of the others is asked to take over', async (s) => {
    const { sit } = opened(s)
    const bridge = await sit({ clientState: { bridge: 'true' } })
    const [heir, third] = [await sit(), await sit()]
    await heir.take(2)
    await bridge.terminate()
    const [left, count, request] = await heir.take(3)
    expect(left).toEqual({ type: 3, removeClients: [bridge.id] })
    expect(count).toEqual({ type: 3, roomChanges: [{ key: 'count', value: '2' }] })
    expect(request).toEqual({ type: 4, action: 'becomeBridge' })
    expect(await third.take(2)).toEqual([left, count])
    await third.quiet()
  })

  behaviour('a seat that was left is given to the next player', async (s) => {
    const { sit } = opened(s)
    const players = [await sit(), await sit(), await sit()]
    await players[1].terminate()
    await players[2].take(2)
    const next = await sit()
    expect(next.welcome.clients[next.id].clientState.seat).toBe('east')
  })

  behaviour(
    'when the last one leaves the table is deleted, and the next one finds it loaded afresh',
    async (s) => {
      const loads = []
      const gone = gate()
      const { sit } = opened(s, async (id) => {
        loads.push(id)
        return store[id]
      })
      const player = await sit()
      player.change({ room: { title: 'Changed' }, echo: true })
      await player.next()
      const { onLeave } = s.wss
      s.wss.onLeave = async (...args) => {
        await onLeave(...args)
        gone.open()
      }
      await player.terminate()
      await within(gone.promise, 'nobody left')
      expect(Object.keys(s.wss.rooms)).toEqual([])
      const next = await sit()
      expect([next.welcome.roomState.title, loads]).toEqual(['Table', ['table', 'table']])
    },
  )

  behaviour(
    'a new snapshot from outside the hooks is written and told, with what it lacks deleted',
    async (s) => {
      const { sit, writeSnapshot } = opened(s)
      const player = await sit()
      writeSnapshot(s.wss.rooms.table, { 'card:2': 'x=2,y=2', 'card:3': 'new' })
      expect((await player.next()).roomChanges).toEqual([
        { key: 'card:1' },
        { key: 'card:2', value: 'x=2,y=2' },
        { key: 'card:3', value: 'new' },
      ])
      const next = await sit()
      expect(next.welcome.roomState).toEqual({
        'card:2': 'x=2,y=2',
        title: 'Table',
        count: '2',
        'card:3': 'new',
      })
    },
  )

  behaviour('hooks that are assigned anew serve the clients that are there', async (s) => {
    const { sit } = opened(s)
    const player = await sit()
    expect((await player.ask('dance')).msg).toBe('unknown action dance')
    cardTable(s.wss, { load: async () => ({}) })
    const { onActionReq } = s.wss
    s.wss.onActionReq = async (wss, req, ...rest) =>
      req.action === 'dance' ? { type: 5, success: true } : onActionReq(wss, req, ...rest)
    expect(await player.ask('dance')).toEqual({ type: 5, success: true })
    expect((await player.ask('sing')).msg).toBe('unknown action sing')
  })

  behaviour(
    'a key that a bridge deletes stays in the state as undefined, and is deleted by the next snapshot',
    async (s) => {
      const { sit, writeSnapshot } = opened(s)
      const bridge = await sit({ clientState: { bridge: 'true' } })
      bridge.change({ room: [{ key: 'card:1' }], echo: true })
      expect((await bridge.next()).roomChanges).toEqual([{ key: 'card:1' }])
      const { state } = s.wss.rooms.table
      expect([Object.keys(state)[0], state['card:1']]).toEqual(['card:1', undefined])
      writeSnapshot(s.wss.rooms.table, { 'card:2': 'x=1,y=0' })
      expect((await bridge.next()).roomChanges).toEqual([
        { key: 'card:1' },
        { key: 'card:2', value: 'x=1,y=0' },
      ])
      expect('card:1' in state).toBe(false)
    },
  )
}
