/**
 * Gets a fresh clone ready to start and test: installs the packages and builds the addon, each only where it is missing or older
 * than what it is made from. Runs before `npm start` and `npm test`, so it uses nothing but Node itself.
 */

import { join } from 'node:path'
import { buildWhereStale, changed, heading, main, root, run } from './addon.mjs'

main(installPackages, buildWhereStale)

function installPackages() {
  // npm writes this file last.
  const installed = changed(join(root, 'node_modules/.package-lock.json'))
  if (installed >= changed(join(root, 'package-lock.json'))) return
  heading(installed ? 'package-lock.json has changed: installing the packages' : 'Installing the packages')
  // Without scripts: the only one that matters is our own, `prepare`, and the build comes next.
  run('npm', ['ci', '--ignore-scripts'], 'The packages could not be installed.')
}
