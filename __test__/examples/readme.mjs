/** What an example's README tells its readers to type, for the spec that does it. Owns which of the commands were run. */

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { manifestOf } from '../../.ci/packages.mjs'
import { blocksOf, PACKAGE } from '../docs/pages.mjs'
import { install } from './support.mjs'

/** Programs of packages, by the file that Node runs. */
const PROGRAMS = { vite: ['node_modules/vite/bin/vite.js'], node: [] }

export class Readme {
  #run = new Set()

  /** @param {string} example the name of its folder */
  constructor(example) {
    this.example = example
    this.blocks = blocksOf(`examples/${example}/README.md`).filter(({ lang }) => lang === 'sh')
  }

  /** `npm install`, as `install` has it. */
  install(adapt) {
    this.#run.add('install')
    return install(this.example, adapt)
  }

  /** What Node is to run for a script of the example's package.json. */
  argsOf(script) {
    this.#run.add(script)
    const { scripts } = manifestOf(join(PACKAGE, 'examples', this.example))
    const [program, ...args] = scripts[script].split(' ')
    return [...PROGRAMS[program], ...args]
  }

  /** The commands that have not been run. */
  get left() {
    const lines = this.blocks.flatMap(({ code }) => code.split('\n')).map((line) => line.replace(/#.*/, ''))
    const commands = lines.flatMap((line) => line.split('&&')).map((command) => command.trim())
    return commands.filter(
      (command) => command && !this.#run.has(/^(?:\S+=\S+ )?npm (?:run )?(\w+)$/.exec(command)?.[1]),
    )
  }
}

/** The last test of an example. */
export function everyCommandIsRun(readme) {
  test('every command of its README is run', () => {
    expect(readme.blocks.length).toBeGreaterThan(0)
    expect(readme.left).toEqual([])
  })
}
