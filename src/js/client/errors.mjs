/** What can go wrong, as errors with a `code` to tell them by. The list is in index.d.mts. */

/** The names that the platform has for these. @type {Record<string, string>} */
const NAMES = { TIMEOUT: 'TimeoutError', ABORTED: 'AbortError' }

export class RoomClientError extends Error {
  /**
   * @param {import('./index.mjs').RoomClientErrorCode} code
   * @param {string} message
   * @param {{ cause?: unknown, response?: object, closeCode?: number }} [more]
   */
  constructor(code, message, more) {
    super(message, more)
    Object.assign(this, more)
    this.name = NAMES[code] ?? 'RoomClientError'
    this.code = code
  }
}
