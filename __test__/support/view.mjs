/** What a client can put together from what it is told: the room's state, and who is there. */

const apply = (state, sets) => {
  for (const { key, value } of sets ?? [])
    if (value === undefined) delete state[key]
    else set(state, key, value)
}

/** Keys are data, also `__proto__`. */
const set = (object, key, value) =>
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })

export class View {
  /** Keys of which the client can't know the value. */
  stale = new Set()
  #unheard = new Set()
  #state
  #waiting = []

  constructor({ clientId, roomState, clients }) {
    this.id = clientId
    this.#state = roomState
    this.clients = clients
  }

  get state() {
    return this.knowable(this.#state)
  }

  /** The part of a state that this client can know. */
  knowable(state) {
    const known = ([key]) => !this.stale.has(key) && !this.#unheard.has(key)
    return Object.fromEntries(Object.entries(state).filter(known))
  }

  /** Takes all that comes, until the connection ends. */
  async follow(client) {
    try {
      for (;;) this.receive(await client.next())
    } catch (error) {
      for (const { reject } of this.#waiting) reject(error)
    }
  }

  receive({ roomChanges, addClients, updateClients, removeClients }) {
    apply(this.#state, roomChanges)
    for (const { key } of roomChanges ?? []) this.stale.delete(key)
    for (const [id, client] of Object.entries(addClients ?? {})) this.clients[id] = client
    for (const [id, sets] of Object.entries(updateClients ?? {}))
      if (this.clients[id]) apply(this.clients[id].clientState, sets)
    for (const id of removeClients ?? []) delete this.clients[id]
    this.#waiting = this.#waiting.filter((waiter) => !waiter.passes())
  }

  /** The client has asked for changes of which it doesn't want to hear: what it hears of these keys may be older. */
  changesUnheard(sets) {
    for (const { key } of sets) this.#unheard.add(key)
  }

  /** Something that it asked for behind them has come back: what it hears from now on is newer. */
  unheardAreDone() {
    for (const key of this.#unheard) this.stale.add(key)
    this.#unheard.clear()
  }

  /** Waits until the client's own state has this. */
  own(key, value) {
    return new Promise((resolve, reject) => {
      const passes = () => this.clients[this.id]?.clientState[key] === value && (resolve(), true)
      if (!passes()) this.#waiting.push({ passes, reject })
    })
  }
}
