/**
 * `node .ci/check-glibc.mjs <addon>…`: prints the newest version of glibc that each addon for Linux needs, and fails if one needs a
 * newer one than the oldest that is supported, or if one for musl needs glibc at all.
 */

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { neededVersions } from './elf.mjs'

/** RHEL 8, Debian 10 and Ubuntu 18.10 have it; so does every system that runs the official builds of Node 20. */
const OLDEST = '2.28'

const files = process.argv.slice(2)
if (files.length === 0) {
  console.error('Which addons? node .ci/check-glibc.mjs <file>…')
  process.exit(2)
}
const failed = files.map(check).includes(false)
process.exit(failed ? 1 : 0)

function check(file) {
  try {
    const newest = newestGlibc(readFileSync(file))
    const oldest = basename(file).includes('-musl.') ? undefined : OLDEST
    const fine = newest === undefined || (oldest !== undefined && compare(newest, oldest) <= 0)
    const limit = oldest === undefined ? 'it is for musl' : `the oldest supported is ${oldest}`
    console.log(`${file}: ${newest === undefined ? 'needs no glibc' : `needs GLIBC_${newest}`} (${limit})`)
    return fine
  } catch (error) {
    console.error(`${file}: ${error.message}`)
    return false
  }
}

function newestGlibc(elf) {
  const versions = neededVersions(elf)
    .filter((name) => /^GLIBC_\d/.test(name))
    .map((name) => name.slice('GLIBC_'.length))
  return versions.sort(compare).at(-1)
}

/** By number: 2.4 is older than 2.28. */
function compare(a, b) {
  return a.localeCompare(b, 'en', { numeric: true })
}
