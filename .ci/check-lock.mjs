/**
 * Checks package-lock.json: no addresses in it, every optional package of other platforms is there, and each has a checksum. npm leaves
 * those out that it couldn't find at the time, and `npm ci` then fails everywhere, or installs whatever it is given. Completed by:
 * npm install --package-lock-only
 */

import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))

const problems = Object.entries(packages).flatMap(([path, entry]) => [
  ...(entry.resolved && !entry.link
    ? [`${path} has an address: is omit-lockfile-registry-resolved set in .npmrc?`]
    : []),
  ...(path && !entry.integrity && !entry.link ? [`${path} has no integrity`] : []),
  ...Object.keys(entry.optionalDependencies ?? {})
    .filter((name) => !isLocked(path, name))
    .map((name) => `${name}, an optional package of ${path}, is missing`),
])

for (const problem of problems) console.error(`package-lock.json: ${problem}`)
process.exit(problems.length > 0 ? 1 : 0)

/** Whether a package finds another, in its own node_modules or in one above. */
function isLocked(path, name) {
  const parts = path.split('/node_modules/')
  const folders = parts.map((_, index) => `${parts.slice(0, index + 1).join('/node_modules/')}/`)
  return ['', ...folders].some((folder) => `${folder}node_modules/${name}` in packages)
}
