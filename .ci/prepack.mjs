/**
 * `prepack`: npm runs it before it makes a tarball here, but not when it installs this repository as a git dependency. So the addon
 * that was built here goes along only with the latter: anybody else gets it from the platform's package.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { native } from './addon.mjs'

mkdirSync(native, { recursive: true })
writeFileSync(join(native, '.npmignore'), '*.node\n')
