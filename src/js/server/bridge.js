'use strict'

/**
 * The one connection to the engine. Owns the native server, the log of commands that wait to be run, and the
 * leases that reading takes: while JavaScript looks at a room the engine leaves it alone, until the flush at
 * the end of the turn gives it back.
 *
 * Order is the point of the log: what JavaScript does takes effect in the order in which it did it, and
 * whoever reads what the log changes has it run first.
 */

// Taken once: as a global it is a getter, which costs more than the look at the clock.
const { performance } = require('node:perf_hooks')

const { loadBinding } = require('./native')
const { atEndOfTurn } = require('./turn')

/** @import { NativeOptions, NativeServer } from './native' */

/**
 * A log this long is run at once: a hundred answers or so, which the workers write while JavaScript goes on; and one loop over many
 * sends must not collect all of them as one text.
 */
const LONG_LOG = 16 * 1024

/** Leases are not held longer than this over a batch of events. */
const FLUSH_AFTER_MS = 0.5

/**
 * Bridges whose engines run: their hooks are to be called, whoever else holds the room server. Any other one
 * goes as soon as the application lets go of it.
 * @type {Set<Bridge>}
 */
const running = new Set()

/**
 * Something that the application can change without a trap, so that it has to be looked at before the log is
 * run.
 * @typedef {object} Watched
 * @property {() => string} news the command that tells the engine what has changed, or ''
 * @property {() => void} released the flush has given up the lease: no more looking from now on
 */

class Bridge {
  /**
   * Counts what makes JavaScript's copies out of date: releases, and commands by which the engine may change
   * any room. A copy that was made at this version is good. Read by every trap, so a plain field.
   */
  version = 0

  /**
   * Whether the engine is certain to make the changes that hooks let through as it is told of them: not if it
   * may refuse them for their size, or puts them behind earlier ones.
   */
  commitsAtOnce = true

  /**
   * The time at the last look, by performance.now(): when the event that is being handled got its turn. One
   * look serves the end of one and the turn of the next.
   */
  lookedAt = 0

  /** Set by the events' owner: there are events to take. @type {() => void} */
  onWake = () => {}

  #options
  /** @type {NativeServer | undefined} */
  #native
  #hooks = 0
  #log = ''
  /** See {@link invalidate}. */
  #roomsChange = false
  #leased = false
  /** A flush is due at the end of this turn. */
  #scheduled = false
  /** A batch of events is being handled; its end flushes. */
  #inBatch = false
  #flushedAt = 0
  /** @type {Watched[]} */
  #watched = []
  #flushLater = atEndOfTurn(() => this.#flushScheduled())

  /** @param {() => NativeOptions} options asked for once, when the engine is made */
  constructor(options) {
    this.#options = options
  }

  /** Whether the native server has been made. */
  get started() {
    return this.#native !== undefined
  }

  /**
   * The native server, made when it is first needed. For calls that neither read rooms nor depend on the log.
   */
  get native() {
    return this.#native ?? this.#make()
  }

  #make() {
    const { NativeServer } = loadBinding()
    const options = this.#options()
    const { maxStateBytes, maxClientStateBytes, orderedChanges } = options
    const limited = maxStateBytes !== undefined || maxClientStateBytes !== undefined
    this.commitsAtOnce = !limited && !orderedChanges
    this.#native = new NativeServer(options, wakeOf(this))
    this.#native.setHooks(this.#hooks)
    return this.#native
  }

  /** @param {number} mask which hooks are set; docs/BINDING.md has the bits */
  setHooks(mask) {
    if (mask === this.#hooks) return
    this.#hooks = mask
    this.#native?.setHooks(mask)
  }

  /** Appends a command. @param {string} command */
  write(command) {
    this.#log += `${command}\n`
    if (this.#log.length > LONG_LOG) this.run()
    this.#schedule()
  }

  /**
   * Appends a command that depends on everything the application has done, or undoes what it did before.
   * @param {string} command
   */
  writeBehind(command) {
    if (this.#watched.length > 0) this.#collectNews()
    this.write(command)
  }

  /** Runs the log without giving up the leases. */
  run() {
    this.#roomsChange = false
    if (this.#watched.length > 0) this.#collectNews()
    if (this.#log === '') return
    const log = this.#log
    this.#log = ''
    this.native.exec(log)
  }

  /**
   * The native server for a call that reads rooms: what it leases is given back by the next flush. Runs the
   * log first only if what is read depends on it: most of what is written (answers, messages, keys that the
   * copy has already) nobody reads back.
   */
  reading() {
    if (this.#roomsChange) this.run()
    this.#leased = true
    this.#schedule()
    return this.native
  }

  /** A command in the log changes what rooms there are or who is in them: every copy is out of date. */
  invalidate() {
    this.version += 1
    this.#roomsChange = true
  }

  /**
   * Has the application's own object looked at before each run until the next flush.
   * @param {Watched} watched
   */
  watch(watched) {
    this.#watched.push(watched)
  }

  /** From here to {@link endBatch} flushes come from the batch's owner. */
  beginBatch() {
    this.#inBatch = true
    this.#flushedAt = this.look()
  }

  endBatch() {
    this.#inBatch = false
    this.#flush()
  }

  /** Looks at the clock. */
  look() {
    return (this.lookedAt = performance.now())
  }

  /** Whether leases may have been held for long. */
  get flushIsDue() {
    return this.lookedAt - this.#flushedAt >= FLUSH_AFTER_MS
  }

  /** Between two events of a batch, when the microtasks of the first are done. */
  flushIfDue() {
    this.look()
    if (!this.flushIsDue) return
    this.#flush()
    this.#flushedAt = this.look()
  }

  /** Starts the engine's threads. */
  serve() {
    this.native.start()
    running.add(this)
  }

  /** Ends the engine's threads. */
  stop() {
    if (!this.started) return
    this.#flush()
    this.native.stop()
    // What they have called for last has its turn before this.
    setImmediate(() => running.delete(this))
  }

  #schedule() {
    if (this.#inBatch || this.#scheduled) return
    this.#scheduled = true
    this.#flushLater()
  }

  #flushScheduled() {
    this.#scheduled = false
    // A batch that has begun meanwhile flushes at its own end.
    if (!this.#inBatch) this.#flush()
  }

  /** Runs the log and gives all leases back: the end of what JavaScript does without anybody between. */
  #flush() {
    if (this.#watched.length > 0) {
      this.#collectNews()
      for (const watched of this.#watched.splice(0)) watched.released()
    }
    if (this.#log === '' && !this.#leased) return
    const log = `${this.#log}U`
    this.#log = ''
    this.#roomsChange = false
    this.#leased = false
    this.version += 1
    this.native.exec(log)
  }

  #collectNews() {
    for (const watched of this.#watched) {
      const news = watched.news()
      if (news !== '') this.#log += `${news}\n`
    }
  }
}

/**
 * What the engine calls. Node holds this function for as long as the engine is there, and the engine is there
 * for as long as its bridge: were the bridge held from here, neither would ever go.
 * @param {Bridge} bridge
 */
function wakeOf(bridge) {
  const held = new WeakRef(bridge)
  return () => held.deref()?.onWake()
}

exports.Bridge = Bridge
