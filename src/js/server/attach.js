'use strict'

/**
 * Listens for upgrades on http servers. Owns one listener for each server, however many room servers share
 * it, which path is whose, and the gate before each. Goes with the http server: nothing here keeps it.
 */

const { Gate } = require('./gate')
const { endWith } = require('./upgrade')

/** @import { IncomingMessage } from 'node:http' */
/** @import { Duplex } from 'node:stream' */
/** @import { UpgradeServer } from '../../../index.js' */
/** @import { Endpoint } from './upgrade' */

const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/** @type {WeakMap<UpgradeServer, Attachment>} */
const attachments = new WeakMap()

let groups = 0

class Attachment {
  /** The http server's number among those of this process. */
  #group = ++groups
  /** By path. @type {Map<string, { endpoint: Endpoint, gate: Gate }>} */
  #served = new Map()
  #server

  /** @param {UpgradeServer} server */
  constructor(server) {
    this.#server = server
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    // It may listen again later: the listener stays.
    server.on('close', () => this.#closed())
  }

  /**
   * @param {Endpoint} endpoint
   * @param {PromiseLike<unknown>} [ready]
   */
  add(endpoint, ready) {
    const present = this.#served.get(endpoint.path)
    if (present && present.endpoint !== endpoint)
      throw new Error(`another WSS serves ${endpoint.path} on this http server`)
    if (!present || ready) this.#served.set(endpoint.path, { endpoint, gate: new Gate(ready) })
  }

  /**
   * @param {IncomingMessage} request
   * @param {Duplex} socket
   * @param {Buffer} head
   */
  #upgrade(request, socket, head) {
    // Before anything else, and on other people's sockets too: a reset without a listener ends the process.
    socket.on('error', ignore)
    const served = this.#served.get(pathOf(request.url ?? ''))
    if (served) served.gate.pass(socket, () => served.endpoint.serve(request, socket, head, this.#group))
    else if (this.#server.listenerCount('upgrade') === 1) endWith(socket, NOT_FOUND)
  }

  #closed() {
    for (const { endpoint } of this.#served.values()) endpoint.closeAll(this.#group)
  }
}

/**
 * Has an endpoint serve its path on an http server; once is enough.
 * @param {UpgradeServer} server
 * @param {Endpoint} endpoint
 * @param {PromiseLike<unknown>} [ready] until when clients are to wait
 */
function attach(server, endpoint, ready) {
  let attachment = attachments.get(server)
  if (!attachment) {
    attachment = new Attachment(server)
    attachments.set(server, attachment)
  }
  attachment.add(endpoint, ready)
}

/** @param {string} url */
function pathOf(url) {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

/** The socket's 'close' says all that has to be known. */
function ignore() {}

exports.attach = attach
