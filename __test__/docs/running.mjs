/** Blocks of a page, run beside a room server with clients: each test has a server and a project of its own. */

import { afterEach, beforeEach, vi } from 'vitest'
import { wss } from '@cgreenhalgh/websocket-room-server'
import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'
import { application } from './application.mjs'
import { Page } from './page.mjs'
import { Project } from './project.mjs'

/**
 * @param {string} path of the page
 * @returns {{ page: Page, run: (text: string, options?: object) => Promise<object>, rooms: any, project: Project, saved: any[], log: any }}
 *   `run` runs the block with this text in it as `Project.import` does; `log` is what it has printed; the rest are those of the current test
 */
export function runs(path) {
  const its = { page: new Page(path) }
  its.run = (text, options) => its.project.import(its.page.block(text), options)

  beforeEach(async () => {
    const { saved, globals } = application()
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value)
    const [log] = ['log', 'error'].map((method) => vi.spyOn(console, method).mockReturnValue())
    Object.assign(its, { saved, log, project: new Project() })
    its.rooms = await startRooms({ wss, timeoutMs: 10_000 })
  })
  afterEach(async () => {
    await its.rooms.stop()
    its.project.remove()
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })
  return its
}
