'use strict'

/**
 * The object by which the application knows a client: the original's fields, own and enumerable, over the
 * client's record, and what the application can do with a client beyond the original's.
 */

const { method, power } = require('./powers')
const { INSPECT, inspectLive } = require('./view')

/** @import { Client } from './client' */

/** Where the object keeps its client. Not enumerable, so a copy is a copy and no client. */
const CLIENT = Symbol('client')

/** @param {'clientType' | 'clientName' | 'readonly'} name */
function field(name) {
  return {
    enumerable: true,
    configurable: true,
    /** @this {any} */
    get() {
      return this[CLIENT].read(name)
    },
    /** @this {any} @param {unknown} value */
    set(value) {
      this[CLIENT].write(name, value)
    },
  }
}

/**
 * One table for all clients: own properties in the original's order, over the record.
 * @type {PropertyDescriptorMap}
 */
const FIELDS = {
  ws: {
    enumerable: true,
    configurable: true,
    /** @this {any} */
    get() {
      return this[CLIENT].connection.socket
    },
  },
  readonly: field('readonly'),
  clientType: field('clientType'),
  clientName: field('clientName'),
  clientState: {
    enumerable: true,
    configurable: true,
    /** @this {any} */
    get() {
      return this[CLIENT].state
    },
    /** @this {any} @param {unknown} value */
    set(value) {
      this[CLIENT].state = value
    },
  },
  [CLIENT]: { writable: true },
  [INSPECT]: { value: inspectLive },
  id: power('id', function () {
    return this[CLIENT].connection.id
  }),
  connected: power('connected', function () {
    return this[CLIENT].connection.connected
  }),
  data: power('data', function () {
    return this[CLIENT].data
  }),
  send: method('send', function (message) {
    this[CLIENT].send(message)
  }),
  request: method('request', function (action, data, options) {
    return this[CLIENT].connection.request(action, data, options)
  }),
  eject: method('eject', function (msg) {
    return this[CLIENT].connection.eject(msg)
  }),
}

/** @param {Client} client */
function makeInfo(client) {
  /** @type {any} */
  const info = Object.defineProperties({}, FIELDS)
  info[CLIENT] = client
  return info
}

/**
 * @param {any} info
 * @returns {Client | undefined} the client whose object this is
 */
function clientOf(info) {
  return info?.[CLIENT]
}

exports.clientOf = clientOf
exports.makeInfo = makeInfo
