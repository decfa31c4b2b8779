/** What the figures were made on. */

import { spawnSync } from 'node:child_process'
import os from 'node:os'

export function machine() {
  const [cpu] = os.cpus()
  return {
    cpu: cpu.model.trim(),
    cores: os.availableParallelism(),
    system: `${os.type()} ${parseVersion(os.release())}, ${os.arch()}`,
    node: process.versions.node,
    rust: parseVersion(spawnSync('rustc', ['--version'], { encoding: 'utf8' }).stdout),
    date: new Date().toISOString().slice(0, 10),
  }
}

/** The number alone: what a system's builder appends says nothing to others. */
function parseVersion(text) {
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? '?'
}
