/**
 * The page's copy of the room. What the server announced is the truth; what this page changed and
 * has not yet heard back is kept on top of it, so that a card never jumps under the finger and yet
 * everybody ends up with the same board: the last write that reached the server wins.
 *
 * Changes are collected and sent once per animation frame. Events: `change`, `said` (a text).
 */
import { cardIds, parsePlace, placeKey, textKey } from './rules.mjs'

export class Room extends EventTarget {
  #connection
  #state = new Map()
  /** Own changes without an echo so far: key -> { value, inFlight }. */
  #mine = new Map()
  /** The keys of each request whose echo is still to come, oldest first. */
  #awaited = []
  /** What goes out with the next frame. */
  #outbox = { room: new Map(), client: new Map() }
  #frame = 0

  me = null
  readonly = false
  /** Everybody who may write: client id -> { name, color, cursor, holding }. */
  people = new Map()

  constructor(connection) {
    super()
    this.#connection = connection
    connection.addEventListener('joined', ({ detail }) => this.#reset(detail))
    connection.addEventListener('notice', ({ detail }) => this.#apply(detail))
    connection.addEventListener('status', () => this.#changed())
  }

  get canEdit() {
    return this.#connection.state === 'live' && !this.readonly
  }

  /** All cards that have a text and a place: { id, text, x, y, z }. */
  cards() {
    const view = Object.fromEntries(this.#state)
    for (const [key, { value }] of this.#mine) view[key] = value
    const cards = []
    for (const id of cardIds(view)) {
      const place = parsePlace(view[placeKey(id)])
      if (place) cards.push({ id, text: view[textKey(id)], ...place })
    }
    return cards
  }

  card(id) {
    return this.cards().find((card) => card.id === id)
  }

  /** Changes a key of the room; without a value it is removed. */
  set(key, value) {
    if (!this.canEdit) return this.#say('Not saved: there is no connection just now.')
    this.#outbox.room.set(key, value)
    const inFlight = this.#mine.get(key)?.inFlight ?? 0
    this.#mine.set(key, { value, inFlight })
    this.#schedule()
    this.#changed()
  }

  /** Changes what is said of this client itself: name, cursor, holding. */
  setMine(key, value) {
    if (!this.canEdit) return
    this.#outbox.client.set(key, value)
    this.people.get(this.me)[key] = value
    this.#schedule()
    this.#changed()
  }

  #schedule() {
    this.#frame ||= requestAnimationFrame(() => this.#flush())
  }

  #flush() {
    this.#frame = 0
    const { room, client } = this.#outbox
    this.#outbox = { room: new Map(), client: new Map() }
    const request = { clientChanges: toChanges(client), echo: room.size > 0 }
    if (room.size > 0) {
      request.roomChanges = toChanges(room)
      this.#awaited.push([...room.keys()])
      for (const key of room.keys()) this.#mine.get(key).inFlight += 1
    }
    this.#connection.change(request)
  }

  #reset({ clientId, clients, roomState, readonly }) {
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    this.#outbox = { room: new Map(), client: new Map() }
    this.#mine.clear()
    this.#awaited = []
    this.#state = new Map(Object.entries(roomState))
    this.me = clientId
    this.readonly = readonly
    this.people = new Map(Object.entries(clients).map(([id, client]) => [id, { ...client.clientState }]))
    this.#changed()
  }

  #apply({ roomChanges = [], addClients = {}, updateClients = {}, removeClients = [] }) {
    for (const { key, value } of roomChanges) {
      if (key === 'notice') this.#say(value)
      else write(this.#state, key, value)
    }
    for (const [id, { clientState }] of Object.entries(addClients)) this.people.set(id, { ...clientState })
    for (const [id, changes] of Object.entries(updateClients)) this.#update(id, changes)
    for (const id of removeClients) this.people.delete(id)
    this.#changed()
  }

  #update(id, changes) {
    // Only requests with room changes ask for an echo, and echoes come back in the order sent.
    if (id === this.me) return this.#settle(this.#awaited.shift() ?? [])
    const person = this.people.get(id)
    if (person) for (const { key, value } of changes) person[key] = value
  }

  #settle(keys) {
    for (const key of keys) {
      const own = this.#mine.get(key)
      own.inFlight -= 1
      if (own.inFlight === 0 && !this.#outbox.room.has(key)) this.#mine.delete(key)
    }
  }

  #say(text) {
    this.dispatchEvent(new CustomEvent('said', { detail: text }))
  }

  #changed() {
    this.dispatchEvent(new Event('change'))
  }
}

const toChanges = (map) => Array.from(map, ([key, value]) => ({ key, value }))

function write(map, key, value) {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
