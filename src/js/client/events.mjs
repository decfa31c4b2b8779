/** Telling the application: listeners, async iteration, and the store contract that Svelte and others know. */

import { RoomClientError } from './errors.mjs'

/** What an iteration that isn't read from may hold. */
const MAX_WAITING = 10_000

const TYPES = ['joined', 'status', 'change', 'message', 'lost']

export class Events {
  /** Isolates listeners: what one throws is reported, as the platform does, and the others are called all the same. */
  #target = new EventTarget()

  /**
   * @param {string} type
   * @param {(detail: any) => void} listener
   * @returns {() => void} takes the listener off
   */
  on(type, listener) {
    const listen = (/** @type {any} */ event) => listener(event.detail)
    this.#target.addEventListener(type, listen)
    return () => this.#target.removeEventListener(type, listen)
  }

  /** @param {string} type @param {unknown} [detail] */
  emit(type, detail) {
    this.#target.dispatchEvent(new CustomEvent(type, { detail }))
  }

  /**
   * All events from now on, until the client is closed.
   * @param {() => boolean} isOver
   */
  async *iterate(isOver) {
    /** @type {any[]} */
    const waiting = []
    /** @type {(value?: unknown) => void} */
    let wake = () => {}
    const offs = TYPES.map((type) =>
      this.on(type, (detail) => {
        if (waiting.length < MAX_WAITING) waiting.push({ type, detail })
        else waiting[MAX_WAITING] = null
        wake()
      }),
    )
    try {
      while (waiting.length > 0 || !isOver()) {
        if (waiting.length === 0) await new Promise((done) => (wake = done))
        const event = waiting.shift()
        if (event === null) throw new RoomClientError('OVERFLOW', `${MAX_WAITING} events wait`)
        if (event) yield event
      }
    } finally {
      for (const off of offs) off()
    }
  }
}
