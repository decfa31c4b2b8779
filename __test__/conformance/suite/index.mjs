/**
 * The behaviour suite: every topic, against whichever package the factory gives. A behaviour is what a client or an application can
 * observe. Where ours differs on purpose the behaviour says so with an id that has a row in docs/divergences.md.
 */

import { describe, test } from 'vitest'
import { Stage } from '../../support/stage.mjs'
import { actions } from './actions.mjs'
import { api } from './api.mjs'
import { attaching } from './attaching.mjs'
import { changeValidation } from './change-validation.mjs'
import { changes } from './changes.mjs'
import { closing } from './closing.mjs'
import { consumer } from './consumer.mjs'
import { framing } from './framing.mjs'
import { helloValidation } from './hello-validation.mjs'
import { hello } from './hello.mjs'
import { hooks } from './hooks.mjs'
import { leaving } from './leaving.mjs'
import { objects } from './objects.mjs'
import { ordering } from './ordering.mjs'
import { programs } from './programs.mjs'
import { repairs } from './repairs.mjs'
import { sockets } from './sockets.mjs'
import { timing } from './timing.mjs'
import { upgrade } from './upgrade.mjs'

// Those that take real time come first: the others run beside them.
const TOPICS = {
  timing,
  upgrade,
  attaching,
  hello,
  'hello validation': helloValidation,
  changes,
  'change validation': changeValidation,
  actions,
  leaving,
  ordering,
  programs,
  hooks,
  objects,
  api,
  sockets,
  closing,
  framing,
  consumer,
  repairs,
}

/**
 * Registers the suite. `pkg` is `{ name, ours, transport, WSS, wss, MESSAGE_TYPE, PROTOCOL }`.
 */
export function behaviours(pkg) {
  describe.concurrent(pkg.name, () => {
    for (const [topic, register] of Object.entries(TOPICS)) {
      describe(topic, () => register(vocabulary(pkg)))
    }
  })
}

function vocabulary(pkg) {
  const behaviour = (name, ...rest) => {
    const run = rest.pop()
    const { options, timeout } = rest.pop() ?? {}
    test(name, { timeout }, async () => {
      const stage = await Stage.open(pkg, options)
      try {
        await run(stage)
      } finally {
        await stage.close()
      }
    })
  }
  /** A behaviour that the original lacks; the id's row says what the original does instead. */
  const repaired = (_id, name, ...rest) => {
    if (pkg.ours) behaviour(name, ...rest)
  }
  /** A behaviour of the original that ours gave up; the id's row says why. */
  const dropped = (_id, name, ...rest) => {
    if (!pkg.ours) behaviour(name, ...rest)
  }
  return { behaviour, repaired, dropped, pkg }
}
