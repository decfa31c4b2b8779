/** Waiting, as the public test kit has it; with more patience, as the machine that runs all suites may be slow. */

import { createRequire } from 'node:module'

const testing = createRequire(import.meta.url)('../../src/js/testing/inbox.js')

const PATIENCE_MS = 12_000

export const { gate } = testing

export class Inbox extends testing.Inbox {
  constructor(options) {
    super({ timeoutMs: PATIENCE_MS, ...options })
  }
}

/** The promise, or an error with this text when it takes implausibly long. */
export const within = (promise, text, ms = PATIENCE_MS) => testing.within(promise, text, ms)
