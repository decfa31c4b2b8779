/** What the constructor takes, and what it says about the rest. */

import { describe, expect, test } from 'vitest'
import { pkg } from '../support/lifecycle.mjs'

const NUMBERS = [
  'helloTimeoutMs',
  'heartbeatIntervalMs',
  'maxHelloBytes',
  'maxMessageBytes',
  'maxBufferedBytes',
  'pendingMessages',
  'threads',
  'resumeBytes',
  'maxDropped',
]
const UNLIMITED = [
  'maxClients',
  'maxClientsPerRoom',
  'maxRooms',
  'maxStateBytes',
  'maxClientStateBytes',
  'emptyRoomTtlMs',
]

const make = (options) => () => new pkg.WSS(options)

/** Throws this kind of error, and names the option. */
function refuses(options, Kind, name = Object.keys(options)[0]) {
  expect(make(options), String(Object.values(options)[0])).toThrow(Kind)
  expect(make(options)).toThrow(name)
}

describe('options', () => {
  for (const name of [...NUMBERS, ...UNLIMITED]) {
    test(`${name} is a whole number from 1`, () => {
      for (const value of [undefined, 1, 2, 64]) expect(make({ [name]: value })).not.toThrow()
      for (const value of [0, -1, 1.5, NaN, -Infinity, 2 ** 31]) refuses({ [name]: value }, RangeError)
      for (const value of ['1', null, true, 1n, {}]) refuses({ [name]: value }, TypeError)
    })
  }

  test('no message may be larger than a string that hooks can get', () => {
    for (const name of ['maxHelloBytes', 'maxMessageBytes']) {
      expect(make({ [name]: 2 ** 28 })).not.toThrow()
      refuses({ [name]: 2 ** 28 + 1 }, RangeError)
    }
  })

  test('what is unlimited by default can be said to be so, and nothing else can', () => {
    for (const name of UNLIMITED) expect(make({ [name]: Infinity })).not.toThrow()
    for (const name of NUMBERS) refuses({ [name]: Infinity }, RangeError)
  })

  for (const [name, meaning] of [
    ['hookTimeoutMs', 'no limit'],
    ['resumeMs', 'nobody may come back'],
  ]) {
    test(`${name} may be 0: ${meaning}`, () => {
      for (const value of [0, 1, 2 ** 31 - 1]) expect(make({ [name]: value })).not.toThrow()
      for (const value of [-1, 1.5, 2 ** 31, Infinity]) refuses({ [name]: value }, RangeError)
      refuses({ [name]: '1' }, TypeError)
    })
  }

  test('rate', () => {
    for (const rate of [{ messagesPerSecond: 0.1 }, { messagesPerSecond: 10, burst: 1 }, undefined])
      expect(make({ rate })).not.toThrow()
    for (const messagesPerSecond of [0, -1, NaN, Infinity])
      refuses({ rate: { messagesPerSecond } }, RangeError)
    for (const burst of [0, 1.5, Infinity])
      refuses({ rate: { messagesPerSecond: 1, burst } }, RangeError, 'rate.burst')
    for (const rate of [5, null, '5', {}, { messagesPerSecond: '1' }]) refuses({ rate }, TypeError)
    refuses({ rate: { messagesPerSecond: 1, per: 2 } }, TypeError, 'rate.per')
  })

  test('the others', () => {
    for (const options of [
      { orderedChanges: true },
      { logLevel: 'off' },
      { logLevel: 'trace', onLog() {} },
      { allowedOrigins: false },
      { allowedOrigins: 'same-host' },
      { allowedOrigins: [] },
      { allowedOrigins: () => true },
    ])
      expect(make(options)).not.toThrow()
    for (const options of [
      { orderedChanges: 1 },
      { logLevel: 'loud' },
      { logLevel: 3 },
      { onLog: 'console' },
      { allowedOrigins: true },
      { allowedOrigins: 'https://example.org' },
      { allowedOrigins: null },
      { path: 'wss' },
      { path: '/wss?x' },
      { path: 5 },
    ])
      refuses(options, TypeError)
  })

  test('names that are no options, those of objects too', () => {
    for (const options of [
      { maxClient: 1 },
      { compress: true },
      { toString: 1 },
      JSON.parse('{"__proto__":1}'),
    ])
      refuses(options, TypeError)
  })
})
