/**
 * What a page gets that imports the package: the protocol's constants as they are, and stand-ins for the
 * server that say where they belong as soon as they are used. Importing them is fine: shared modules name
 * them without using them in a page.
 */

export { MESSAGE_TYPE, PROTOCOL } from './protocol/messages.mjs'

/** @returns {never} */
function refuse() {
  throw new Error(
    '@cgreenhalgh/websocket-room-server: wss and WSS work on the server only; ' +
      'in a page use connect() of @cgreenhalgh/websocket-room-server/client',
  )
}

/**
 * What tools ask every export for, to find out whether it is a promise or a module: no use yet.
 * @param {string | symbol} key
 */
const isProbe = (key) => typeof key === 'symbol' || key === 'then' || key === '__esModule'

export class WSS {
  constructor() {
    refuse()
  }
}

export const wss = new Proxy(Object.create(WSS.prototype), {
  get: (target, key) => (isProbe(key) ? Reflect.get(target, key) : refuse()),
  set: refuse,
})
