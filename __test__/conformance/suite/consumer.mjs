/**
 * A card table, played as an application of the package would write it: hooks that load rooms from a store, hand out seats, pass
 * actions on to a bridge client, and delete rooms when the last one leaves.
 */

import { expect } from 'vitest'
import { gate, within } from '../../support/inbox.mjs'

const PROTOCOL = 'card-table:2'

/** The hooks of the application. `load(id)` reads a stored session. */
function cardTable(wss, { load }) {
  const codes = { rw: false, ro: true }

  async function initialiseRoom(roomId) {
    const stored = await load(roomId)
    // another joiner may have been quicker
    if (wss.rooms[roomId]) return wss.rooms[roomId]
    const room = { id: roomId, clients: {}, state: {} }
    wss.rooms[roomId] = room
    writeSnapshot(room, stored)
    return room
  }

  function writeSnapshot(room, stored) {
    const roomChanges = []
    for (const key of Object.keys(room.state)) {
      if (key.startsWith('card:') && !(key in stored)) {
        delete room.state[key]
        roomChanges.push({ key })
      }
    }
    for (const [key, value] of Object.entries(stored)) {
      room.state[key] = value
      roomChanges.push({ key, value })
    }
    wss.broadcastChange(room, { type: 3, roomChanges })
  }

  function freeSeat(room) {
    const taken = new Set(Object.values(room.clients).map(({ clientState }) => clientState.seat))
    return ['north', 'east', 'south', 'west'].find((seat) => !taken.has(seat))
  }

  const bridgeOf = (room) =>
    Object.values(room.clients).find(({ clientState }) => clientState.bridge === 'true')

  function setRoomState(room, key, value) {
    room.state[key] = value
    wss.broadcastChange(room, { type: 3, roomChanges: [{ key, value }] })
  }

  wss.onHelloReq = async (_wss, helloReq, _clientId, sws) => {
    if (helloReq.roomProtocol !== PROTOCOL)
      throw new Error(`wrong room protocol (${helloReq.roomProtocol} vs ${PROTOCOL})`)
    const code = helloReq.roomCredential ?? sws.cookies?.match(/code=(\w+)/)?.[1]
    if (!(code in codes)) throw { status: 404, body: { message: 'Not found' } }
    const room = wss.rooms[helloReq.roomId] ?? (await initialiseRoom(helloReq.roomId))
    const readonly = codes[code] || !!helloReq.readonly
    delete helloReq.clientState.seat
    if (!readonly) {
      helloReq.clientState.seat = freeSeat(room)
      setRoomState(room, 'count', `${Object.keys(room.clients).length + 1}`)
    }
    return { clientState: helloReq.clientState, readonly }
  }

  wss.onChangeReq = async (_wss, changeReq, room, _clientId, client) => {
    const allowed = client.clientState.bridge === 'true'
    if (!allowed && changeReq.roomChanges?.some(({ key }) => key.startsWith('card:')))
      changeReq.roomChanges = []
    else if (changeReq.roomChanges && room.pendingMoves) {
      const moved = new Set(changeReq.roomChanges.map(({ key }) => key))
      const done = room.pendingMoves.filter(({ card }) => moved.has(card))
      room.pendingMoves = room.pendingMoves.filter((move) => !done.includes(move))
      for (const { from, actionReq } of done) {
        room.clients[from]?.ws.send(JSON.stringify({ type: 5, id: actionReq.id, success: true, msg: null }))
      }
    }
    const { roomChanges, clientChanges, echo } = changeReq
    return { roomChanges, clientChanges, echo: !!echo }
  }

  wss.onActionReq = async (_wss, actionReq, room, clientId, client) => {
    if (actionReq.action === 'move') {
      const bridge = bridgeOf(room)
      if (!bridge) return { type: 5, id: actionReq.id, success: false, msg: 'nobody moves cards' }
      room.pendingMoves ??= []
      room.pendingMoves.push({ from: clientId, card: actionReq.data, actionReq })
      bridge.ws.send(JSON.stringify({ ...actionReq, id: `delegated:${actionReq.id}` }))
      return { type: 5, id: actionReq.id, success: true, data: 'delegated', msg: null }
    }
    if (actionReq.action === 'spotlight') {
      setRoomState(room, 'spotlight', client.clientState.seat)
      return { type: 5, id: actionReq.id, success: true, msg: null }
    }
    return { type: 5, id: actionReq.id, success: false, msg: `unknown action ${actionReq.action}` }
  }

  wss.onLeave = async (_wss, room, clientId, client) => {
    const others = Object.values(room.clients)
    if (others.length === 0) {
      delete wss.rooms[room.id]
      return
    }
    if (!client.readonly) setRoomState(room, 'count', `${others.filter(({ readonly }) => !readonly).length}`)
    if (room.pendingMoves) {
      const own = room.pendingMoves.findIndex(({ from }) => from === clientId)
      if (own >= 0) room.pendingMoves.splice(own, 1)
    }
    if (client.clientState.bridge === 'true')
      others[0].ws.send(JSON.stringify({ type: 4, action: 'becomeBridge' }))
  }

  return { writeSnapshot }
}

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
