/** What the lifecycle tests have in common: this package, on a stage of its own for each test. */

import { createRequire } from 'node:module'
import { test } from 'vitest'
import { Stage } from './stage.mjs'

const { WSS, wss, MESSAGE_TYPE, PROTOCOL } = createRequire(import.meta.url)('../../index.js')

export const pkg = { ours: true, transport: 'http', WSS, wss, MESSAGE_TYPE, PROTOCOL }

/** A test that is given a stage. */
export function staged(name, run, { options, timeout } = {}) {
  test(name, { timeout }, async () => {
    const stage = await Stage.open(pkg, options)
    try {
      await run(stage)
    } finally {
      await stage.close()
    }
  })
}

/** The name of a test that shows a difference from the original; the id has a row in docs/divergences.md. */
export const divergence = (_id, name) => name

/** Keeps the thread busy: nothing else runs in JavaScript meanwhile. */
export function spin(ms) {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** Lets the event loop go round. */
export const turn = () => new Promise(setImmediate)
