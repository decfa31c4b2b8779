'use strict'

/**
 * Which web pages may connect. Browsers send their page's origin with every WebSocket, cookies and all,
 * wherever the page comes from: so a server that knows its users by cookies has to look at it. Others than
 * browsers can send any origin, or none, so this is no protection against them: a missing one is let through.
 */

/** @import { IncomingMessage } from 'node:http' */

/**
 * @typedef {(origin: string | undefined, request: IncomingMessage) => boolean} OriginRule
 */

/**
 * An origin, or with `wildcard` all those whose host ends with a dot and this host.
 * @typedef {object} Pattern
 * @property {string} scheme with its colon
 * @property {string} host
 * @property {string} port '' for the scheme's own
 * @property {boolean} wildcard
 */

/** An origin as browsers write it, or with a wildcard in place of the first labels of its host. */
const ORIGIN = /^([a-z][a-z\d+.-]*:)\/\/(\*\.)?([^\s/\\?#@*,]+)$/i

/** What browsers send for pages without an origin of their own: sandboxed frames, files. */
const OPAQUE = 'null'

/**
 * Makes a rule of the option `allowedOrigins`.
 * @param {any} allowed
 * @returns {OriginRule | null} null: everybody
 */
function originRule(allowed) {
  if (allowed === undefined || allowed === false) return null
  if (allowed === 'same-host') return sameHost
  // A promise is no answer: it would let everybody in.
  if (typeof allowed === 'function') return (origin, request) => allowed(origin, request) === true
  if (Array.isArray(allowed)) return listRule(allowed)
  throw new TypeError("WSS: allowedOrigins must be false, 'same-host', a list of origins or a function")
}

/**
 * @param {string | undefined} origin
 * @param {{ headers: { host?: string } }} request
 */
function sameHost(origin, { headers }) {
  if (origin === undefined) return true
  const from = parse(origin)
  if (!from || from.wildcard || headers.host === undefined) return false
  // The page's scheme says which port may be left out.
  const here = parse(`${from.scheme}//${headers.host}`)
  return !!here && here.host === from.host && here.port === from.port
}

/**
 * @param {unknown[]} list
 * @returns {OriginRule}
 */
function listRule(list) {
  const opaque = list.includes(OPAQUE)
  const patterns = list.filter((entry) => entry !== OPAQUE).map(pattern)
  return (origin) => {
    if (origin === undefined) return true
    if (origin === OPAQUE) return opaque
    const from = parse(origin)
    return !!from && !from.wildcard && patterns.some((allowed) => covers(allowed, from))
  }
}

/** @param {unknown} entry of the list */
function pattern(entry) {
  const parsed = typeof entry === 'string' ? parse(entry) : null
  if (parsed) return parsed
  throw new TypeError(
    `WSS: allowedOrigins: ${JSON.stringify(entry)} is no origin like https://example.org, https://*.example.org`,
  )
}

/**
 * @param {Pattern} allowed
 * @param {Pattern} from
 */
function covers(allowed, from) {
  if (allowed.scheme !== from.scheme || allowed.port !== from.port) return false
  return allowed.wildcard ? from.host.endsWith(`.${allowed.host}`) : from.host === allowed.host
}

/**
 * @param {string} text
 * @returns {Pattern | null}
 */
function parse(text) {
  const [, scheme, wildcard, rest] = ORIGIN.exec(text) ?? []
  if (!scheme) return null
  try {
    const { protocol, hostname, port } = new URL(`${scheme}//${rest}`)
    return { scheme: protocol, host: hostname.toLowerCase(), port, wildcard: wildcard !== undefined }
  } catch {
    return null
  }
}

exports.originRule = originRule
