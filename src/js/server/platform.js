'use strict'

/** Owns the names of the platforms that there are builds for, and finds out which one this is. */

/**
 * What Node's types leave out.
 * @typedef {{ excludeNetwork: boolean, getReport(): { header: { glibcVersionRuntime?: string } } }} Report
 */

const PACKAGE = '@cgreenhalgh/websocket-room-server'

/** As in npm/ and in the names of the packages. */
const PLATFORMS = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-x64-gnu',
  'linux-x64-musl',
  'win32-arm64-msvc',
  'win32-x64-msvc',
]

/** This machine, as its build would be called, e.g. `linux-x64-gnu`; not every one has a build. */
function platform() {
  const { platform: os, arch } = process
  if (os === 'win32') return `${os}-${arch}-msvc`
  if (os === 'linux') return `${os}-${arch}-${hasGlibc() ? 'gnu' : 'musl'}`
  return `${os}-${arch}`
}

/** Node's report names the version of glibc that it runs with. */
function hasGlibc() {
  const report = /** @type {Report} */ (/** @type {unknown} */ (process.report))
  const before = report.excludeNetwork
  // Looking up the names of open sockets could take seconds.
  report.excludeNetwork = true
  const { header } = report.getReport()
  report.excludeNetwork = before
  return header.glibcVersionRuntime !== undefined
}

/** The package that has a platform's build. @param {string} name */
function packageOf(name) {
  return `${PACKAGE}-${name}`
}

exports.PACKAGE = PACKAGE
exports.PLATFORMS = PLATFORMS
exports.packageOf = packageOf
exports.platform = platform
