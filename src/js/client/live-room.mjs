/**
 * The room as the server has told of it. What has been read never changes: it is copied before the next change, and only then. So a
 * value that is another one has changed, and one that is the same hasn't; who reads seldom copies seldom.
 *
 * Keys and ids are data, also `__proto__`: the objects have no prototype.
 */

/** @typedef {import('../protocol/index.cjs').ChangeNotif} ChangeNotif */
/** @typedef {import('../protocol/index.cjs').HelloSuccessResp} HelloSuccessResp */

class Shared {
  #value = copy()
  #isSeen = false

  /** For the application. */
  get value() {
    this.#isSeen = true
    return this.#value
  }

  /** For writing to. */
  get draft() {
    if (this.#isSeen) this.replace(this.#value)
    return this.#value
  }

  /** @param {object} [value] */
  replace(value) {
    this.#value = copy(value)
    this.#isSeen = false
  }

  /** @param {string} key */
  peek(key) {
    return this.#value[key]
  }
}

export class LiveRoom {
  #state = new Shared()
  #clients = new Shared()

  get state() {
    return this.#state.value
  }

  get clients() {
    return this.#clients.value
  }

  /** @param {HelloSuccessResp} welcome */
  reset({ roomState, clients }) {
    this.#state.replace(roomState)
    this.#clients.replace()
    this.#add(clients)
  }

  /** @param {ChangeNotif} notification */
  apply({ roomChanges, updateClients, removeClients, addClients }) {
    if (Array.isArray(roomChanges) && roomChanges.length > 0) write(this.#state.draft, roomChanges)
    this.#add(addClients)
    for (const [id, changes] of Object.entries(updateClients ?? {})) this.#update(id, changes)
    if (Array.isArray(removeClients)) for (const id of removeClients) delete this.#clients.draft[id]
  }

  /** @param {object} [clients] */
  #add(clients) {
    for (const [id, client] of Object.entries(clients ?? {}))
      this.#clients.draft[id] = { ...client, clientState: copy(client?.clientState) }
  }

  /** @param {string} id @param {unknown} changes */
  #update(id, changes) {
    const client = this.#clients.peek(id)
    if (!client || !Array.isArray(changes) || changes.length === 0) return
    const clientState = copy(client.clientState)
    write(clientState, changes)
    this.#clients.draft[id] = { ...client, clientState }
  }
}

/** @param {object} [value] */
function copy(value) {
  return Object.assign(Object.create(null), value)
}

/** What isn't a change is passed over: an application may broadcast what it likes. @param {any} store @param {any[]} changes */
function write(store, changes) {
  for (const change of changes) {
    if (typeof change?.key !== 'string') continue
    if (change.value === undefined) delete store[change.key]
    else store[change.key] = change.value
  }
}
