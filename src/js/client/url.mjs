/** Where the room server is: from what an application knows to the URL of a WebSocket. */

import { RoomClientError } from './errors.mjs'

/**
 * Relative addresses are those of the page. An empty base, as SvelteKit's mostly is, is the root.
 * @param {any} target a RoomLocation
 * @returns {string}
 */
export function toUrl(target) {
  const { base, path = 'wss' } = Object(target)
  try {
    const url = new URL(String(base ?? target) || '/', /** @type {any} */ (globalThis).location?.href)
    if (base != null) {
      url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`
      url.search = ''
    }
    url.protocol = url.protocol.replace('http', 'ws')
    url.hash = ''
    if (/^ws/.test(url.protocol)) return url.href
  } catch {
    // It is none, as a page's scheme other than http is none.
  }
  throw new RoomClientError('BAD_URL', `this is no address of a room server: ${base ?? target}`)
}
