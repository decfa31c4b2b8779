/**
 * An application of the package, as applications of the original are written: hooks that load rooms from a store, hand out seats, pass
 * actions on to a bridge client, and delete rooms when the last one leaves. Knows the package by the `wss` that it is given.
 */

export const PROTOCOL = 'card-table:2'

/** The hooks of the application. `load(id)` reads a stored session. */
export function cardTable(wss, { load }) {
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
