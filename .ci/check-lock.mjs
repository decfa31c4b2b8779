/**
 * Checks the lock files: no addresses in them, every optional package of other platforms is there, and each has a checksum. npm leaves
 * those out that it couldn't find at the time, and `npm ci` then fails everywhere, or installs whatever it is given. Completed by:
 * npm install --package-lock-only
 */

import { readFileSync } from 'node:fs'

const FILES = ['package-lock.json', '.ci/api-docs/package-lock.json']

const problems = FILES.flatMap((file) => problemsOf(file).map((problem) => `${file}: ${problem}`))
for (const problem of problems) console.error(problem)
process.exit(problems.length > 0 ? 1 : 0)

function problemsOf(file) {
  const { packages } = JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))
  return Object.entries(packages).flatMap(([path, entry]) => [
    ...(entry.resolved && !entry.link
      ? [`${path} has an address: is omit-lockfile-registry-resolved set in .npmrc?`]
      : []),
    ...(path && !entry.integrity && !entry.link ? [`${path} has no integrity`] : []),
    ...Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !isLocked(packages, path, name))
      .map((name) => `${name}, an optional package of ${path}, is missing`),
  ])
}

/** Whether a package finds another, in its own node_modules or in one above. */
function isLocked(packages, path, name) {
  const parts = path.split('/node_modules/')
  const folders = parts.map((_, index) => `${parts.slice(0, index + 1).join('/node_modules/')}/`)
  return ['', ...folders].some((folder) => `${folder}node_modules/${name}` in packages)
}
