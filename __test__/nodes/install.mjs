/** Other versions of Node: from npm, into target/nodes, when they are first needed. */

import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { heading, root, run } from '../../.ci/addon.mjs'

/** The path of its binary; npm has one package for each kind of machine. */
export function installNode(major) {
  const windows = process.platform === 'win32'
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`
  const folder = join(root, 'target', 'nodes', major)
  const binary = join(folder, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node')
  if (existsSync(binary)) return binary
  heading(`Installing Node ${major}`)
  mkdirSync(folder, { recursive: true })
  const flags = ['--no-save', '--ignore-scripts', '--prefix', folder]
  run('npm', ['install', ...flags, `${name}@${major}`], `Node ${major} could not be installed.`)
  return binary
}
