'use strict'

/**
 * Loads the native half of the package: the only place that does, and not before something needs it. Also
 * writes its side of the contract in docs/BINDING.md down as types.
 */

const { loadError } = require('./load-error')

/**
 * The engine's settings, by the names that the application uses.
 * @typedef {object} NativeOptions
 * @property {number} [helloTimeoutMs]
 * @property {number} [heartbeatIntervalMs]
 * @property {number} [maxHelloBytes]
 * @property {number} [maxMessageBytes]
 * @property {number} [maxBufferedBytes]
 * @property {number} [pendingMessages]
 * @property {number} [threads]
 * @property {number} [maxClientsPerRoom]
 * @property {number} [maxRooms]
 * @property {number} [maxStateBytes]
 * @property {number} [maxClientStateBytes]
 * @property {number} [rate] messages a second
 * @property {number} [burst]
 * @property {boolean} [orderedChanges]
 * @property {number} [emptyRoomTtlMs]
 * @property {number} [compressFrom]
 * @property {number} [resumeMs]
 * @property {number} [resumeBytes]
 * @property {number} [maxDropped]
 * @property {string} [logLevel]
 */

/**
 * What the engine has to know of an upgrade request.
 * @typedef {object} Upgrade
 * @property {string} method
 * @property {string} [upgrade]
 * @property {string} [key]
 * @property {string} [version]
 * @property {string} [protocol]
 * @property {string} [extensions]
 * @property {string} info a text that the engine only keeps
 * @property {number} group the http server through which the request came
 */

/**
 * @typedef {object} NativeServer
 * @property {() => void} start
 * @property {(fd: number, head: Buffer, upgrade: Upgrade) => number} adopt
 * @property {(head: Buffer, upgrade: Upgrade) => number} relay
 * @property {(n: number, chunk: Buffer) => void} relayData
 * @property {(n: number) => void} relayEnd
 * @property {(n: number) => void} relayClosed
 * @property {(n: number) => void} relayBlocked
 * @property {(n: number) => void} relayDrained
 * @property {() => { n: number, data: Buffer, end: boolean }[]} takeRelay
 * @property {(mask: number) => void} setHooks
 * @property {() => string | null} take
 * @property {() => boolean} rest
 * @property {(commands: string) => void} exec
 * @property {(n: number, bytes: Uint8Array) => void} sendBinary
 * @property {(idJson: string) => number} openRoom
 * @property {() => string} rooms
 * @property {(idJson: string, stateJson: string, keep: number[]) => number} createRoom
 * @property {(key: number) => string} syncState
 * @property {(key: number) => string} syncClients
 * @property {(n: number) => boolean} leave
 * @property {(n: number) => number} status
 * @property {(n: number) => string} roomOf
 * @property {(n: number) => string} info
 * @property {(n: number) => number} queued
 * @property {(n: number, pongs: boolean) => void} watch
 * @property {() => number} connections
 * @property {() => number} openConnections
 * @property {() => number} dropped
 * @property {(count: number, code: number, reason: string) => number} closeSome
 * @property {() => void} cutAll
 * @property {() => string} stats
 * @property {() => string | null} takeLogs
 * @property {(group: number, code: number, reason: string) => void} closeGroup
 * @property {() => void} stop
 */

/**
 * @typedef {object} Binding
 * @property {new (options: NativeOptions, wake: () => void) => NativeServer} NativeServer
 * @property {(upgrade: Upgrade) => string | null} checkUpgrade
 */

/** @type {Binding | undefined} */
let binding

/** @returns {Binding} */
function loadBinding() {
  if (binding) return binding
  try {
    const loaded = /** @type {Binding} */ (/** @type {unknown} */ (require('../native/binding.cjs')))
    // A bundler may have put something else in its place.
    if (typeof loaded.NativeServer !== 'function') throw new Error('it has no NativeServer')
    binding = loaded
    return binding
  } catch (cause) {
    throw loadError(cause)
  }
}

exports.loadBinding = loadBinding
