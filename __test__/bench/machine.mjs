/** What the figures were made on. */

import { spawnSync } from 'node:child_process'
import os from 'node:os'

export function machine() {
  const [cpu] = os.cpus()
  return {
    cpu: cpu.model.trim(),
    cores: os.availableParallelism(),
    system: `${os.type()} ${os.release()}, ${os.arch()}`,
    node: process.versions.node,
    rust: /\d+\.\d+\.\d+/.exec(spawnSync('rustc', ['--version'], { encoding: 'utf8' }).stdout)?.[0] ?? '?',
    date: new Date().toISOString().slice(0, 10),
  }
}
