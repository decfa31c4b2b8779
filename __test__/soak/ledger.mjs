/**
 * What a client has heard of the writers of its room: each writes 1, 2, 3 … to a key of its own, so the snapshot and every change say
 * whether something was lost, came twice or came too early.
 */

export class Tally {
  changes = 0
  lost = 0
  duplicated = 0
  reordered = 0
  /** The first few, in words. */
  complaints = []

  complain(kind, text, count = 1) {
    this[kind] += count
    if (this.complaints.length < 20) this.complaints.push(`${kind}: ${text}`)
  }

  get isClean() {
    return this.lost + this.duplicated + this.reordered === 0
  }
}

export class Ledger {
  #tally
  #name
  /** The last number of each writer. */
  #last = new Map()

  constructor(tally, name) {
    this.#tally = tally
    this.#name = name
  }

  last(writer) {
    return this.#last.get(writer) ?? 0
  }

  /** The room as it is; `known`: what this client was told before must be in it. */
  snapshot(state, known = false) {
    const before = known ? this.#last : new Map()
    this.#last = new Map()
    for (const [writer, value] of Object.entries(state)) this.#last.set(writer, numberOf(value))
    for (const [writer, number] of before) {
      const now = this.last(writer)
      if (now < number) this.#tally.complain('lost', `${this.#name}: ${writer} is ${now}, was ${number}`)
    }
  }

  change({ key, value }) {
    const number = numberOf(value)
    const last = this.last(key)
    this.#tally.changes++
    if (number === last + 1) this.#last.set(key, number)
    else this.#judge(key, number, last)
  }

  #judge(writer, number, last) {
    const text = `${this.#name}: ${writer} ${number} behind ${last}`
    if (number <= last) return this.#tally.complain(number === last ? 'duplicated' : 'reordered', text)
    this.#tally.complain('lost', text, number - last - 1)
    this.#last.set(writer, number)
  }
}

/** Values are a number and padding. */
const numberOf = (value) => Number.parseInt(value, 10)
