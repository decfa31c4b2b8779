'use strict'

/** The words of the wire protocol, as a client of it writes them. Knows nothing of the server. */

const { MESSAGE_TYPE, PROTOCOL } = require('../protocol/index.cjs')

/** @import { KVSet } from '../../../index.js' */

/** @param {Record<string, unknown>} [fields] */
const helloReq = (fields = {}) => ({
  protocol: PROTOCOL,
  roomProtocol: 'test:1',
  roomId: 'room',
  clientState: {},
  ...fields,
})

/**
 * `{ a: '1', b: undefined }` as key-value sets; a value of undefined makes an entry without value.
 * @param {Record<string, string | undefined> | KVSet[]} changes
 */
const sets = (changes) =>
  Array.isArray(changes) ? changes : Object.entries(changes).map(([key, value]) => ({ key, value }))

/**
 * `changeReq({ room: { a: '1' }, client: { b: '2' }, echo: true })`
 * @param {{ room?: Parameters<typeof sets>[0], client?: Parameters<typeof sets>[0], [more: string]: unknown }} [changes]
 */
const changeReq = ({ room, client, ...rest } = {}) => ({
  type: MESSAGE_TYPE.CHANGE_REQ,
  roomChanges: room && sets(room),
  clientChanges: client && sets(client),
  ...rest,
})

/**
 * @param {string} action
 * @param {Record<string, unknown>} [fields]
 */
const actionReq = (action, fields = {}) => ({ type: MESSAGE_TYPE.ACTION_REQ, action, ...fields })

module.exports = { PROTOCOL, actionReq, changeReq, helloReq, sets }
