/** Where the runs of the last benchmark are kept. Not in the repository. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const FOLDER = new URL('../../target/bench/', import.meta.url)
const FILE = new URL('runs.json', FOLDER)

/** `{ machine, pinned, runs }` */
export function keepResults(results) {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(FILE, JSON.stringify(results, null, 1))
}

export function lastResults() {
  return JSON.parse(readFileSync(FILE, 'utf8'))
}
