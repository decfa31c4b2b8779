'use strict'

/**
 * A line between clients and a server that fails on demand: for clients that aren't ours, such as the application's own or a
 * browser. Owns a listening socket, and for each connection two sockets with what passes between them.
 */

const { once } = require('node:events')
const net = require('node:net')
const { readAtRate } = require('./pace')

/** @import { AddressInfo, Socket } from 'node:net' */

class Link {
  #target
  #toUrl
  /** @type {Set<Pair>} */
  #pairs = new Set()
  #server = net.createServer((socket) => this.#accept(socket))
  #isDown = false
  #isFrozen = false
  #bytesPerSecond = Infinity

  /**
   * @param {number} port of the server on 127.0.0.1
   * @param {(port: number) => string} toUrl
   */
  constructor(port, toUrl) {
    this.#target = port
    this.#toUrl = toUrl
  }

  async listen() {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  get url() {
    return this.#toUrl(/** @type {AddressInfo} */ (this.#server.address()).port)
  }

  get connections() {
    return this.#pairs.size
  }

  /** @param {Socket} near */
  #accept(near) {
    if (this.#isDown) return void near.resetAndDestroy()
    const pair = new Pair(near, net.connect(this.#target, '127.0.0.1'))
    this.#pairs.add(pair)
    pair.ended.then(() => this.#pairs.delete(pair))
    pair.pace(this.#isFrozen, this.#bytesPerSecond)
  }

  #paceAll() {
    for (const pair of this.#pairs) pair.pace(this.#isFrozen, this.#bytesPerSecond)
  }

  cut() {
    for (const pair of this.#pairs) pair.cut()
  }

  cutMidFrame() {
    for (const pair of this.#pairs) pair.cutsNext = true
  }

  vanish() {
    for (const pair of this.#pairs) pair.vanish()
  }

  down() {
    this.#isDown = true
    this.cut()
  }

  up() {
    this.#isDown = false
  }

  freeze() {
    this.#isFrozen = true
    this.#paceAll()
  }

  thaw() {
    this.#isFrozen = false
    this.#paceAll()
  }

  /** @param {number} bytesPerSecond */
  slow(bytesPerSecond) {
    this.#bytesPerSecond = bytesPerSecond
    this.#paceAll()
  }

  async close() {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const pair of this.#pairs) pair.cut()
    await closed
  }
}

/** A connection: `near` is the client's, `far` the server's. */
class Pair {
  /** The next bytes that pass, either way, arrive but for the last one, and nothing after them. */
  cutsNext = false
  #near
  #far
  /** @type {(() => void)[]} */
  #paces = []
  /** @type {[isFrozen: boolean, bytesPerSecond: number]} */
  #now = [false, Infinity]

  /**
   * @param {Socket} near
   * @param {Socket} far
   */
  constructor(near, far) {
    this.#near = near
    this.#far = far
    this.ended = Promise.all(
      [near, far].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    )
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      from.setNoDelay(true)
      from.on('error', () => {}) // 'close' follows
      from.on('data', (bytes) => this.#pass(bytes, from, to))
      from.on('end', () => to.end())
      from.on('close', (hadError) => (hadError ? to.resetAndDestroy() : to.end()))
    }
  }

  /**
   * @param {Buffer} bytes
   * @param {Socket} from
   * @param {Socket} to
   */
  #pass(bytes, from, to) {
    if (this.cutsNext) {
      to.write(bytes.subarray(0, -1), () => this.cut())
      return
    }
    if (to.write(bytes) || from.isPaused()) return
    from.pause()
    to.once('drain', () => this.pace(...this.#now))
  }

  /**
   * @param {boolean} isFrozen
   * @param {number} bytesPerSecond towards the client
   */
  pace(isFrozen, bytesPerSecond) {
    this.#now = [isFrozen, bytesPerSecond]
    for (const end of this.#paces.splice(0)) end()
    for (const socket of [this.#near, this.#far]) {
      if (isFrozen) socket.pause()
      else this.#paces.push(readAtRate(socket, socket === this.#far ? bytesPerSecond : Infinity))
    }
  }

  cut() {
    this.#near.resetAndDestroy()
    this.#far.resetAndDestroy()
  }

  /** The client is gone, and the server isn't told. */
  vanish() {
    this.#near.removeAllListeners('close').removeAllListeners('data')
    this.#far.removeAllListeners('data').resume()
    this.#near.resetAndDestroy()
  }
}

exports.Link = Link
