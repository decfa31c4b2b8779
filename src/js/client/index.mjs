/** A client for rooms, for pages and for Node: connect() and what it needs. Imports nothing but constants of the protocol. */

import { RoomClientError } from './errors.mjs'
import { RoomClient } from './room-client.mjs'
import { toUrl } from './url.mjs'

export { RoomClientError } from './errors.mjs'

/** @type {typeof import('./index.mjs').connect} */
export function connect(target, hello, options = {}) {
  const { WebSocket = globalThis.WebSocket } = options
  if (typeof WebSocket !== 'function')
    throw new RoomClientError(
      'NO_WEBSOCKET',
      'there is no global WebSocket (Node has one from 22 on): give options.WebSocket',
    )
  return new RoomClient(toUrl(target), hello, { ...options, WebSocket })
}
