/**
 * Is a value a message as the protocol has it? Checks for applications, their tests and other implementations; the server has its
 * own, and takes a little more (any falsy value where something may be left out).
 */

import { ACK, MESSAGE_TYPE, PROTOCOL } from './messages.mjs'

/** @typedef {(value: any) => boolean} Check */

/** @type {Check} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
/** @type {Check} */
const isString = (value) => typeof value === 'string'
/** @type {Check} */
const isBoolean = (value) => typeof value === 'boolean'
/** @type {Check} */
const isCount = (value) => Number.isSafeInteger(value) && value >= 0

/** May be left out, or be null. @param {Check} check @returns {Check} */
const optional = (check) => (value) => value == null || check(value)
/** @param {Check} check @returns {Check} */
const listOf = (check) => (value) => Array.isArray(value) && value.every(check)
/** @param {Check} check @returns {Check} */
const mapOf = (check) => (value) => isObject(value) && Object.values(value).every(check)

/** An object with these members; it may have others. @param {Record<string, Check>} members @returns {Check} */
function shape(members) {
  const checks = Object.entries(members)
  return (value) => isObject(value) && checks.every(([name, check]) => check(value[name]))
}

const names = { clientType: optional(isString), clientName: optional(isString) }
const store = mapOf(isString)
/** What the server tells of a state: a change may have set a key to null. */
const toldStore = mapOf(optional(isString))
const sets = listOf(shape({ key: isString, value: optional(isString) }))
const clients = mapOf(shape({ clientState: toldStore, ...names }))

const hello = shape({
  /** @type {Check} */
  protocol: (value) => value === PROTOCOL,
  roomProtocol: isString,
  roomId: isString,
  roomCredential: optional(isString),
  clientCredential: optional(isString),
  ...names,
  clientState: store,
  readonly: optional(isBoolean),
  ext: optional(isObject),
})

/** By type: what a message has beside it. @type {Map<unknown, Check>} */
const MESSAGES = new Map([
  [
    MESSAGE_TYPE.HELLO_FAIL_RESP,
    shape({ protocol: isString, roomProtocol: isString, msg: optional(isString) }),
  ],
  [
    MESSAGE_TYPE.HELLO_SUCCESS_RESP,
    shape({
      protocol: isString,
      roomProtocol: isString,
      clientId: isString,
      clients,
      roomState: toldStore,
      readonly: isBoolean,
      ext: optional(isObject),
    }),
  ],
  [
    MESSAGE_TYPE.CHANGE_REQ,
    shape({ roomChanges: optional(sets), clientChanges: optional(sets), echo: optional(isBoolean) }),
  ],
  [
    MESSAGE_TYPE.CHANGE_NOTIF,
    shape({
      roomChanges: optional(sets),
      updateClients: optional(mapOf(sets)),
      removeClients: optional(listOf(isString)),
      addClients: optional(clients),
    }),
  ],
  [MESSAGE_TYPE.ACTION_REQ, shape({ action: isString, data: optional(isString), id: optional(isString) })],
  [
    MESSAGE_TYPE.ACTION_RESP,
    shape({ id: optional(isString), success: isBoolean, data: optional(isString), msg: optional(isString) }),
  ],
  [MESSAGE_TYPE.CLOSE_REQ, shape({ msg: optional(isString), flush: optional(isBoolean) })],
  [MESSAGE_TYPE.CLOSE_RESP, isObject],
  [ACK, shape({ received: isCount })],
])

export const isKVStore = /** @type {typeof import('./index.cjs').isKVStore} */ (store)
export const isKVSets = /** @type {typeof import('./index.cjs').isKVSets} */ (sets)
export const isHelloReq = /** @type {typeof import('./index.cjs').isHelloReq} */ (hello)

/** @param {any} value @param {number} [type] */
function checkMessage(value, type = value?.type) {
  return value?.type === type && MESSAGES.get(type)?.(value) === true
}

export const isMessage = /** @type {typeof import('./index.cjs').isMessage} */ (checkMessage)
