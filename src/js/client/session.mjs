/**
 * What outlives a connection: how many messages have come and gone, and those that may have to be sent again. docs/resume.md has the rules.
 * Pure: texts and numbers go in and out, nothing is sent here.
 *
 * Not resumable (no token): nothing is counted and nothing kept, and every welcome begins anew.
 */

/** @typedef {import('../protocol/index.cjs').ResumeGrant} ResumeGrant */

/**
 * @typedef {object} Welcomed
 * @property {ResumeGrant['outcome']} outcome
 * @property {number} received how many of our messages the server has
 * @property {number} missing how many behind those aren't held any more
 * @property {string[]} held those behind these: to be sent again, but where the session is new. Then nobody knows what became of them.
 */

export class Session {
  #limit
  /** @type {string | undefined} */
  #token
  /** Server to client, counted from the welcome that wasn't a replay. */
  #received = 0
  /** Client to server, counted from the beginning of the session. */
  #sent = 0
  #taken = 0
  /** The last of those sent and not yet acknowledged. @type {string[]} */
  #held = []
  #heldSize = 0

  /** @param {number} limit how much text is held, in characters */
  constructor(limit) {
    this.#limit = limit
  }

  get resumable() {
    return this.#token !== undefined
  }

  /** Is anything of ours without acknowledgement? */
  get awaiting() {
    return this.#sent > this.#taken
  }

  get received() {
    return this.#received
  }

  /** What the hello asks for. */
  get request() {
    return this.#token === undefined ? {} : { token: this.#token, received: this.#received }
  }

  /** Would this be held along with all else that is? @param {string} text */
  hasRoomFor(text) {
    return this.#heldSize + text.length <= this.#limit
  }

  /**
   * Counts a message of ours and holds it. Past the limit the oldest ones can't be sent again any more: the next welcome says whether that
   * was a loss.
   * @param {string} text
   * @returns {number} which one it is
   */
  push(text) {
    if (!this.resumable) return 0
    this.#held.push(text)
    this.#heldSize += text.length
    let over = 0
    for (let size = this.#heldSize; size > this.#limit; over++) size -= this.#held[over].length
    this.#forget(over)
    return ++this.#sent
  }

  /** Counts a message of the server's. */
  heard() {
    if (this.resumable) this.#received++
  }

  /** The server has so many of ours. @param {number} received */
  acknowledge(received) {
    const taken = Math.min(Math.max(received, this.#taken), this.#sent)
    this.#forget(taken - (this.#sent - this.#held.length))
    this.#taken = taken
  }

  /**
   * @param {ResumeGrant} [grant] what the server has granted; nothing ends the session
   * @returns {Welcomed}
   */
  welcome(grant) {
    const outcome = (this.resumable && grant?.outcome) || 'new'
    if (grant && outcome !== 'new') this.acknowledge(grant.received)
    const [received, held] = [this.#taken, this.#held]
    const missing = this.#sent - received - held.length
    // The server counts on from what it has.
    this.#sent -= missing
    if (outcome === 'new') this.#forgetAll()
    if (outcome !== 'replayed') this.#received = 0
    this.#token = grant?.token
    return { outcome, received, missing, held: [...held] }
  }

  #forgetAll() {
    this.#held = []
    this.#heldSize = this.#sent = this.#taken = 0
  }

  /** @param {number} count of the oldest ones held */
  #forget(count) {
    if (count <= 0) return
    for (const text of this.#held.splice(0, count)) this.#heldSize -= text.length
  }
}
