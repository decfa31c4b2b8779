/**
 * The hooks module of one dev server: loads it when the server has started, and anew whenever it or something
 * that it imports is saved. Owns the promise that keeps clients waiting until the hooks are there. A version
 * that fails changes nothing.
 */

import { Swap } from './swap.mjs'

/** @import { EnvironmentModuleNode, ViteDevServer } from 'vite' */
/** @import { WSS } from '../../../index.js' */
/** @import { Loader } from './loader.mjs' */

/** How often, and how long at most, vite is asked whether it has dealt with a change: no event tells. */
const LOOK_MS = 5
const LOOK_AT_MOST_MS = 2000

export class DevHooks {
  #loader
  #logger
  #wss
  #open = () => {}
  #isLoaded = false
  #isClosed = false
  /** The last load that was asked for. @type {Promise<void>} */
  #last = Promise.resolve()
  /** One is asked for and has not begun: it will see all changes until then. */
  #isDue = false

  /** Fulfilled when the hooks are there for the first time. @type {Promise<void>} */
  ready = new Promise((open) => (this.#open = open))

  /**
   * @param {ViteDevServer} server
   * @param {Loader} loader
   * @param {WSS} wss
   */
  constructor(server, loader, wss) {
    this.#logger = server.config.logger
    this.#loader = loader
    this.#wss = wss
  }

  /** Loads the module, behind a load that runs. */
  load(isKnown = async () => {}) {
    if (this.#isDue) return
    this.#isDue = true
    this.#last = this.#last.then(() => {
      this.#isDue = false
      return this.#loadNow(isKnown)
    })
  }

  /**
   * Files have changed, and vite is about to deal with that.
   * @param {EnvironmentModuleNode[]} modules
   * @param {number} timestamp
   */
  changed(modules, timestamp) {
    if (isAmongImports(this.#loader.node(), modules)) this.load(() => this.#dealtWith(timestamp))
    // What failed may have failed for a file that vite had no module for.
    else if (!this.#isLoaded) this.load()
  }

  /** The dev server has closed. */
  close() {
    this.#isClosed = true
  }

  /** @param {() => Promise<void>} isKnown waits until vite knows what has changed */
  async #loadNow(isKnown) {
    if (this.#isClosed) return
    // Before vite deals with the change: it may evaluate the module by itself.
    const swap = new Swap(this.#wss)
    try {
      await isKnown()
      if (!this.#isLoaded) this.#loader.forget()
      await this.#loader.load()
      // Those that other modules set, which have not changed, are set again if those are evaluated again.
      if (swap.missing.length > 0) {
        this.#loader.forget()
        await this.#loader.load()
      }
    } catch (error) {
      swap.rollback()
      return this.#failed(error)
    }
    swap.commit()
    if (this.#isLoaded) this.#logger.info(`rooms: new hooks from ${this.#loader.file}`, { timestamp: true })
    this.#isLoaded = true
    this.#open()
  }

  /** @param {unknown} error */
  #failed(error) {
    if (this.#isClosed) return
    const consequence = this.#isLoaded
      ? 'the hooks that were there stay'
      : 'nobody is let in until it is mended and saved'
    this.#logger.error(
      `rooms: ${this.#loader.file} could not be loaded: ${consequence}\n${describe(error)}`,
      {
        timestamp: true,
        error: error instanceof Error ? error : null,
      },
    )
  }

  /** @param {number} timestamp of the change */
  async #dealtWith(timestamp) {
    const end = performance.now() + LOOK_AT_MOST_MS
    while (performance.now() < end && (this.#loader.node()?.lastHMRTimestamp ?? 0) < timestamp)
      await new Promise((look) => setTimeout(look, LOOK_MS))
  }
}

/**
 * @param {EnvironmentModuleNode | undefined} root
 * @param {EnvironmentModuleNode[]} modules
 */
function isAmongImports(root, modules) {
  const seen = new Set(modules)
  for (const module of seen) for (const importer of module.importers) seen.add(importer)
  return root !== undefined && seen.has(root)
}

/** @param {any} error by vite, with the place in the source, or by the module */
function describe(error) {
  if (!(error instanceof Error)) return String(error)
  const { message, stack, frame } = /** @type {Error & { frame?: string }} */ (error)
  const trace = stack?.includes(message) ? stack : `${message}\n${stack}`
  return frame && !trace.includes(frame) ? `${trace}\n${frame}` : trace
}
