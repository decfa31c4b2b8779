/**
 * Room servers at the end of different lives, each let go of by the application: whether one, its hooks or its native server are
 * still there, or its threads and descriptors. Prints a line of JSON for each. Needs `--expose-gc`, and Linux.
 */

import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import { HttpServer } from '../support/server.mjs'

const require = createRequire(import.meta.url)
const { WSS } = require('../../index.js')
const binding = require('../../src/js/native/binding.cjs')

/** Finalizers of native objects have a turn of their own, so what hangs on them goes with a later collection. */
const COLLECTIONS = 20

const counts = () => ({
  threads: readdirSync('/proc/self/task').length,
  descriptors: readdirSync('/proc/self/fd').length,
})

async function attached(wss) {
  const server = new HttpServer('http')
  wss.addWebsockets(server.http)
  await server.listen()
  return server
}

async function joined(wss) {
  const server = await attached(wss)
  const client = await server.dial()
  await client.join({ roomId: 'room' })
  return { server, client }
}

const LIVES = {
  'made, and nothing else': async () => {},
  'its rooms were looked at, never started': async (wss) => void Object.keys(wss.rooms),
  'closed before it was started': (wss) => wss.close(),
  'closed without a client': async (wss) => {
    const server = await attached(wss)
    await wss.close()
    await server.stop()
  },
  'closed after its client had left': async (wss) => {
    const { server, client } = await joined(wss)
    client.socket.destroy()
    await wss.close()
    await server.stop()
  },
  'closed around its client': async (wss) => {
    const { server, client } = await joined(wss)
    wss.rooms.room.state.key = 'value'
    await wss.close({ drainMs: 100 })
    client.socket.destroy()
    await server.stop()
  },
  'closed behind its http server': async (wss) => {
    const { server, client } = await joined(wss)
    client.socket.destroy()
    await server.stop()
    await wss.close()
  },
}

/** The native servers that are made meanwhile. */
function watchNatives(into) {
  const { NativeServer } = binding
  binding.NativeServer = class extends NativeServer {
    constructor(...args) {
      super(...args)
      into.push(['native server', new WeakRef(this)])
    }
  }
  return () => (binding.NativeServer = NativeServer)
}

/** All that is known of the room server afterwards are weak references. */
async function lived(life) {
  const refs = []
  const unwatch = watchNatives(refs)
  const wss = new WSS({ heartbeatIntervalMs: 1_000 })
  const held = {}
  wss.onLeave = () => void held
  refs.push(
    ['room server', new WeakRef(wss)],
    ['hook', new WeakRef(wss.onLeave)],
    ['what a hook holds', new WeakRef(held)],
  )
  await life(wss)
  unwatch()
  return refs
}

/** What is still there when all has been collected that can be. */
async function left(refs, before) {
  const kept = () => {
    const more = Object.entries(counts()).filter(([name, count]) => count > before[name])
    return [...refs.filter(([, ref]) => ref.deref() !== undefined), ...more].map(([name]) => name)
  }
  for (let at = 0; at < COLLECTIONS && kept().length > 0; at++) {
    // A look at a weak reference keeps what it shows until the turn is over.
    await turn()
    globalThis.gc()
    await turn()
  }
  return kept()
}

// What is loaded and started once for all of them.
await left(await lived(LIVES['closed after its client had left']), counts())
const before = counts()
for (const [name, life] of Object.entries(LIVES)) {
  const kept = await left(await lived(life), before)
  console.log(JSON.stringify({ name, kept }))
}
