/**
 * The cards and the people of the room. What the client has been told is the truth; what this page changed and has not yet heard back
 * is kept on top of it, so that a card never jumps under the finger and yet everybody ends up with the same board: the last
 * write that reached the server wins.
 *
 * Changes are collected and sent once per animation frame. Events: `change`, `said` (a text).
 */
import { cardIds, parsePlace, placeKey, textKey } from './rules.mjs'

export class Room extends EventTarget {
  #client
  /** Own changes without an echo so far: key -> { value, inFlight }. */
  #mine = new Map()
  /** The keys of each request whose echo is still to come, oldest first. */
  #awaited = []
  /** What goes out with the next frame. */
  #outbox = { room: new Map(), client: new Map() }
  #frame = 0

  constructor(client) {
    super()
    this.#client = client
    // Where the connection goes on as if nothing had been, the echoes come, too.
    client.on('joined', ({ outcome }) => outcome === 'replayed' || this.#startOver())
    client.on('change', (notification) => this.#heard(notification))
    client.on('status', () => this.#changed())
    client.on('lost', () => this.#say('Your last changes may not have been saved.'))
  }

  get me() {
    return this.#client.id
  }

  get canEdit() {
    return this.#client.status === 'open' && !this.#client.readonly
  }

  /** Everybody who may write: client id -> { name, color, cursor, holding }. */
  get people() {
    return new Map(Object.entries(this.#client.clients).map(([id, { clientState }]) => [id, clientState]))
  }

  /** All cards that have a text and a place: { id, text, x, y, z }. */
  cards() {
    const view = { ...this.#client.state }
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
    this.#schedule()
  }

  #schedule() {
    this.#frame ||= requestAnimationFrame(() => this.#flush())
  }

  #flush() {
    this.#frame = 0
    const { room, client } = this.#outbox
    this.#outbox = { room: new Map(), client: new Map() }
    try {
      this.#client.change({ room: Object.fromEntries(room), client: Object.fromEntries(client) })
    } catch {
      // The connection is gone since, and there is no session that would keep it.
      this.#say('Not saved: there is no connection just now.')
      return this.#startOver()
    }
    this.#awaited.push([...room.keys()])
    for (const key of room.keys()) this.#mine.get(key).inFlight += 1
  }

  #startOver() {
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    this.#outbox = { room: new Map(), client: new Map() }
    this.#mine.clear()
    this.#awaited = []
    this.#changed()
  }

  #heard({ roomChanges = [], updateClients = {} }) {
    for (const { key, value } of roomChanges) if (key === 'notice') this.#say(value)
    // The demo's hook names the author of each change, and echoes come back in the order sent.
    if (this.me in updateClients) this.#settle(this.#awaited.shift() ?? [])
    this.#changed()
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
