/**
 * The demo's rules, as the room server's four hooks: who may join, which changes count, what the
 * Shuffle button does, when a room goes. Knows nothing of HTTP and of the page.
 */
import { MESSAGE_TYPE } from '../index.js'
import { acceptClientChanges, acceptRoomChanges } from './changes.mjs'
import {
  cardIds,
  formatPlace,
  isRoomName,
  MAX_NAME,
  placeKey,
  ROOM_PROTOCOL,
  textKey,
  tidy,
} from './public/rules.mjs'

const MAX_ROOMS = 500
const MAX_CLIENTS = 50
/** An empty room waits this long, so that reloading the only window doesn't lose it. */
const EMPTY_ROOM_MS = Number(process.env.EMPTY_ROOM_MS ?? 30_000)

const COLORS = ['#4f46e5', '#be185d', '#0f766e', '#b45309', '#7c3aed', '#15803d', '#c2410c', '#0369a1']
const FIRST_CARDS = [
  'Drag me around',
  'Open a second window',
  'Double-click or double-tap to edit',
  'Arrow keys move me too',
  'Send a friend the read-only link',
  'Shuffle deals us out again',
]

/** Timers of rooms that may be empty, by room id. */
const departures = new Map()

export function installHooks(wss) {
  Object.assign(wss, { onHelloReq, onChangeReq, onActionReq, onLeave })
}

/** Refuses with a sentence that the page shows; otherwise gives the newcomer a name and a colour. */
function onHelloReq(wss, req) {
  if (req.roomProtocol !== ROOM_PROTOCOL) throw new Error('This page is out of date, please reload it.')
  if (!isRoomName(req.roomId)) throw new Error('A room name has 1 to 32 small letters, digits or dashes.')
  const room = openRoom(wss, req.roomId)
  if (Object.keys(room.clients).length >= MAX_CLIENTS) throw new Error('This room is full.')

  const name = tidy(req.clientName, MAX_NAME) || 'Guest'
  const color = pickColor(room, req.clientState?.color)
  // An application would look at req.clientCredential before it lets somebody write.
  return { clientState: { name, color }, readonly: req.readonly === true }
}

/** Throws for malformed changes, which ends the connection, and leaves out those overtaken by others. */
function onChangeReq(wss, req, room) {
  return {
    roomChanges: acceptRoomChanges(room.state, req.roomChanges ?? []),
    // Always there: so each notification names its author, and the author knows its echo.
    clientChanges: acceptClientChanges(req.clientChanges ?? []),
    echo: req.echo === true,
  }
}

function onActionReq(wss, req, room, clientId, client) {
  const answer = { type: MESSAGE_TYPE.ACTION_RESP, id: req.id, success: false }
  if (client.readonly) return { ...answer, msg: 'Watching only: the cards stay where they are.' }
  if (req.action !== 'shuffle') return { ...answer, msg: 'There is no such action.' }

  const roomChanges = shuffle(room.state)
  // Told to all but not part of the state: newcomers don't need to hear of it.
  const notice = { key: 'notice', value: `${client.clientState.name} shuffled the cards` }
  wss.broadcastChange(room, {
    type: MESSAGE_TYPE.CHANGE_NOTIF,
    roomChanges: [...roomChanges, notice],
  })
  return { ...answer, success: true, data: String(roomChanges.length) }
}

function onLeave(wss, room) {
  if (Object.keys(room.clients).length === 0) dropIfEmptyLater(wss, room.id)
}

/** The room of that name, with its first cards if it is new. */
function openRoom(wss, id) {
  if (!Object.hasOwn(wss.rooms, id)) {
    if (Object.keys(wss.rooms).length >= MAX_ROOMS) throw new Error('There are too many rooms just now.')
    wss.rooms[id] = { id, clients: {}, state: firstState() }
  }
  // Also for a newcomer who is gone before the door opens: nobody would ever leave that room.
  dropIfEmptyLater(wss, id)
  return wss.rooms[id]
}

function dropIfEmptyLater(wss, id) {
  clearTimeout(departures.get(id))
  const timer = setTimeout(() => {
    departures.delete(id)
    const room = wss.rooms[id]
    if (room && Object.keys(room.clients).length === 0) delete wss.rooms[id]
  }, EMPTY_ROOM_MS)
  departures.set(id, timer.unref())
}

function firstState() {
  const places = grid(FIRST_CARDS.length)
  const entries = FIRST_CARDS.flatMap((text, index) => [
    [textKey(`first${index}`), text],
    [placeKey(`first${index}`), formatPlace(places[index])],
  ])
  return Object.fromEntries(entries)
}

/** The colour a returning client had, if it is still free; else one that nobody here has. */
function pickColor(room, wanted) {
  const taken = new Set(Object.values(room.clients).map((client) => client.clientState.color))
  const free = COLORS.filter((color) => !taken.has(color))
  if (free.includes(wanted)) return wanted
  return free[0] ?? COLORS[taken.size % COLORS.length]
}

/** Deals the cards out in random order: writes the new places and returns them as changes. */
function shuffle(state) {
  const lots = Array.from(cardIds(state), (id) => ({ id, lot: Math.random() }))
  const deck = lots.sort((one, other) => one.lot - other.lot)
  const places = grid(deck.length)
  const changes = deck.map(({ id }, index) => ({ key: placeKey(id), value: formatPlace(places[index]) }))
  for (const { key, value } of changes) state[key] = value
  return changes
}

/** Places for `count` cards in tidy rows, each a little off, as if dealt by hand. */
function grid(count) {
  const columns = count <= 6 ? 3 : count <= 12 ? 4 : 6
  const rows = Math.max(2, Math.ceil(count / columns))
  return Array.from({ length: count }, (_, index) => ({
    x: along(index % columns, columns, 0.05),
    y: along(Math.floor(index / columns), rows, 0.12),
    z: index + 1,
  }))
}

function along(step, steps, margin) {
  const wobble = (Math.random() - 0.5) * 0.04
  return margin + (step / (steps - 1)) * (1 - 2 * margin) + wobble
}
