/** A line between one client and the server: passes bytes on until it is cut, in one of the ways in which lines are cut. */

import { once } from 'node:events'
import net from 'node:net'

/** What a cut does with a connection. `random(n)` is a whole number below n. */
export const CUTS = {
  /** Both ends get a reset. */
  reset: (pair) => pair.reset(),
  /** Both ends get an end. */
  end: (pair) => pair.end(),
  /** The client gets a reset and comes back; for the server the old connection stays as it is, silent. */
  replace(pair) {
    pair.freeze()
    pair.near.resetAndDestroy()
  },
  /** Nothing passes any more, and nobody is told: the client has to notice. */
  freeze: (pair) => pair.freeze(),
  /** A part of the next bytes for the client, then a reset. */
  middleDown: (pair, random) => pair.cutWithin('down', random),
  /** A part of the next bytes for the server, then a reset. */
  middleUp: (pair, random) => pair.cutWithin('up', random),
  /** The server hears the client for a while, but not the other way round. */
  deaf: (pair, random) => pair.swallow('down', random),
  /** The client hears the server for a while, but not the other way round. */
  mute: (pair, random) => pair.swallow('up', random),
}

export class Line {
  #server = net.createServer((near) => this.#accept(near))
  #target
  /** The connection that is used now. @type {Pair | undefined} */
  #pair
  #pairs = new Set()

  /** @param {net.AddressInfo} target the server's */
  constructor(target) {
    this.#target = target
  }

  async listen() {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  get port() {
    return this.#server.address().port
  }

  #accept(near) {
    const pair = new Pair(near, net.connect(this.#target.port, '127.0.0.1'))
    this.#pair = pair
    this.#pairs.add(pair)
    pair.onClosed = () => this.#pairs.delete(pair)
  }

  /** Cuts the connection that is used now; the next one is a good one. */
  cut(kind, random) {
    if (!this.#pair?.isWhole) return false
    this.#pair.isWhole = false
    CUTS[kind](this.#pair, random)
    return true
  }

  async close() {
    this.#server.close()
    for (const pair of this.#pairs) pair.reset()
    await once(this.#server, 'close')
  }
}

/** One connection through the line. */
class Pair {
  isWhole = true
  onClosed = () => {}
  #open = 2
  /** What one end does is not told to the other. */
  #isFrozen = false

  constructor(near, far) {
    this.near = near
    this.far = far
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      from.setNoDelay(true)
      from.on('error', () => {})
      from.on('data', (chunk) => this.pass(from, to, chunk))
      from.on('end', () => this.#isFrozen || to.end())
      from.on('close', () => {
        if (!this.#isFrozen) to.destroySoon()
        if (--this.#open === 0) this.onClosed()
      })
    }
  }

  /** Exchanged by cuts. */
  pass(from, to, chunk) {
    if (!to.write(chunk)) {
      from.pause()
      to.once('drain', () => from.resume())
    }
  }

  reset() {
    this.near.resetAndDestroy()
    this.far.resetAndDestroy()
  }

  end() {
    this.near.end()
    this.far.end()
  }

  freeze() {
    this.pass = () => {}
    this.#isFrozen = true
  }

  /** The next bytes in this direction are the last ones, and not all of them. */
  cutWithin(direction, random) {
    const pass = this.pass
    this.pass = (from, to, chunk) => {
      if (from !== this.#source(direction)) return pass.call(this, from, to, chunk)
      this.pass = () => {}
      // Written before the end, which a reset would overtake.
      to.write(chunk.subarray(0, random(chunk.length)), () => {
        to.end()
        from.resetAndDestroy()
      })
    }
  }

  /** What comes in this direction is lost, and after some of it the connection, too. */
  swallow(direction, random) {
    const pass = this.pass
    let chunks = 1 + random(5)
    this.pass = (from, to, chunk) => {
      if (from !== this.#source(direction)) return pass.call(this, from, to, chunk)
      if (--chunks === 0) this.reset()
    }
  }

  #source(direction) {
    return direction === 'down' ? this.far : this.near
  }
}
