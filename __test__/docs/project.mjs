/** A project that has this package installed: what the pages tell their readers to have. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PACKAGE } from './pages.mjs'

/** Other packages that pages import; they are among our own development dependencies. */
const OTHERS = ['@types/node', '@types/ws', 'svelte', 'undici-types', 'vite', 'vitest', 'ws']

/** A folder with `node_modules`, removed by `remove`. */
export class Project {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'room-server-docs-'))
    this.link(PACKAGE, '@cgreenhalgh/websocket-room-server')
    for (const name of OTHERS) this.link(join(PACKAGE, 'node_modules', name), name)
  }

  link(from, name) {
    const to = join(this.folder, 'node_modules', name)
    mkdirSync(dirname(to), { recursive: true })
    symlinkSync(from, to, 'junction')
  }

  write(name, text) {
    const path = join(this.folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
