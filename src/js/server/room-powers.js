'use strict'

/**
 * What the application can do with a room's object beyond the original's. All of it works on an object whose
 * room has been deleted, too: then it is done to the object alone.
 */

const { method, power, textOfMessage } = require('./powers')

/** Where the application's object keeps its room. Not enumerable, so a copy is a copy and no room. */
const ROOM = Symbol('room')

/** @type {[name: string, power: PropertyDescriptor][]} */
const POWERS = [
  [
    'set',
    method('set', function (key, value) {
      this[ROOM].update([{ key, value }])
    }),
  ],
  [
    'delete',
    method('delete', function (key) {
      this[ROOM].update([{ key }])
    }),
  ],
  [
    'update',
    method('update', function (changes) {
      this[ROOM].update(changes)
    }),
  ],
  [
    'broadcast',
    method('broadcast', function (message, skip) {
      this[ROOM].broadcast(textOfMessage(message), skip)
    }),
  ],
  [
    'counts',
    power('counts', function () {
      return this[ROOM].counts()
    }),
  ],
  [
    'data',
    power('data', function () {
      return this[ROOM].data
    }),
  ],
]

exports.POWERS = POWERS
exports.ROOM = ROOM
