'use strict'

/**
 * Says why the native half could not be loaded: what was found out, then the usual causes. Whoever reads it has installed or
 * bundled the package and wants to know which command helps.
 */

const { basename } = require('node:path')
const { PACKAGE, PLATFORMS, packageOf, platform } = require('./platform')

const CAUSES = [
  `- the platform: there are builds for ${PLATFORMS.join(', ')};`,
  '- it was installed with --omit=optional or --no-optional: the builds are optional dependencies, install without it;',
  '- package-lock.json or node_modules came from another platform: delete both and install again (in Docker: keep ' +
    'node_modules out of the image with .dockerignore);',
  `- a bundler took the package in: list it under "dependencies", not "devDependencies", or name it in the bundler's ` +
    'externals (vite: ssr.external), and deploy node_modules along.',
]

/** @param {unknown} cause what loading it threw */
function loadError(cause) {
  const here = platform()
  const lines = [`${PACKAGE} could not load its engine for ${here}.`, ...findings(here, cause)]
  return new Error([...lines, 'Usual causes:', ...CAUSES].join('\n'), { cause })
}

/**
 * @param {string} here
 * @param {unknown} cause
 */
function findings(here, cause) {
  const build = packageOf(here)
  const found = []
  if (!PLATFORMS.includes(here)) found.push(`There is no build for ${here}.`)
  else if (!isInstalled(build)) found.push(`${build} was not found.`)
  else found.push(`${build} is installed but could not be loaded: ${reason(here, cause)}`)

  const others = PLATFORMS.filter((name) => name !== here && isInstalled(packageOf(name)))
  if (others.length > 0) found.push(`Installed for another platform: ${others.map(packageOf).join(', ')}.`)
  if (isBundled()) found.push('Its JavaScript was bundled: it does not run from its own package.')
  return found
}

/** @param {string} name */
function isInstalled(name) {
  try {
    require.resolve(`${name}/package.json`)
    return true
  } catch {
    return false
  }
}

/** Bundlers leave the file's name as it is, give it another, or have none. */
function isBundled() {
  return typeof __filename !== 'string' || basename(__filename) !== 'load-error.js'
}

/**
 * What was said of the build, among what was said of everything that was tried.
 * @param {string} here
 * @param {unknown} cause
 */
function reason(here, cause) {
  const said = messages(cause)
  return said.find((message) => message.includes(here) && !isNotFound(message)) ?? said[0]
}

/** @param {string} message */
function isNotFound(message) {
  return message.startsWith('Cannot find module')
}

/**
 * The first lines of an error's message and those of its causes.
 * @param {unknown} error
 */
function messages(error) {
  const said = []
  // Their number is bounded: a cause could be its own.
  for (let next = error; next != null && said.length < 20; next = next instanceof Error ? next.cause : null)
    said.push(String(next instanceof Error ? next.message : next).split('\n', 1)[0])
  return said
}

exports.loadError = loadError
