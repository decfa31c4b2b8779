/** A project that has this package installed: what the pages tell their readers to have. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
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

  /**
   * Runs a block as a module, and gives what it exports.
   * @param {{ code: string, line: number }} block
   * @param {{ here?: Record<string, string>, give?: string[] }} [options] `here`: what stands here for texts of the block, such as its
   *   addresses; `give`: what it declares and the test wants to have
   */
  import({ code, line }, { here = {}, give = [] } = {}) {
    const text = `${withTextsOfHere(code, here)}\nexport { ${give.join(', ')} }\n`
    return import(/* @vite-ignore */ pathToFileURL(this.write(`line-${line}.mjs`, text)).href)
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A block as it is run: each of these texts, which it must have, replaced by that of this machine. */
export function withTextsOfHere(code, here) {
  return Object.entries(here).reduce((text, [there, own]) => {
    if (!text.includes(there)) throw new Error(`the block doesn't have this: ${there}`)
    return text.replace(there, own)
  }, code)
}
