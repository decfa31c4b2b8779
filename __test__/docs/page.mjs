/** A page in the hands of the spec that runs its blocks. Owns which of them were taken to be run. */

import { expect, test } from 'vitest'
import { at, blocksOf, isToBeRun } from './pages.mjs'

export class Page {
  #taken = new Set()

  constructor(path) {
    this.path = path
    this.blocks = blocksOf(path)
  }

  /** Takes the one block with this text in it. */
  block(text) {
    const found = this.blocks.filter(({ code }) => code.includes(text))
    if (found.length !== 1) throw new Error(`${found.length} blocks of ${this.path} have this: ${text}`)
    return this.#take(found[0])
  }

  /** Takes the files that the page builds up. */
  files() {
    return this.blocks.filter(({ kind }) => kind === 'file').map((block) => this.#take(block))
  }

  /** Takes all blocks in a language. */
  in(lang) {
    return this.blocks.filter((block) => block.lang === lang).map((block) => this.#take(block))
  }

  get left() {
    return this.blocks.filter((block) => isToBeRun(block) && !this.#taken.has(block))
  }

  #take(block) {
    this.#taken.add(block)
    return block
  }
}

/** The last test of a spec that runs a page. Where the others can't run, neither can it: `isPossible`. */
export function everyBlockIsRun(page, isPossible = true) {
  test.skipIf(!isPossible)(`every block of ${page.path} is run`, () => {
    expect(page.left.map((block) => `${at(block)} ${block.lang}`)).toEqual([])
  })
}
