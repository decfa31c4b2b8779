/** An npm registry on the loopback that has our packages, as if they were published, and no others. */

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

export class Registry {
  /** By name: what npm wants to know of a package. */
  #packages = new Map()
  /** By path. */
  #tarballs = new Map()
  #server = createServer((request, response) => this.#answer(decodeURIComponent(request.url), response))

  async open() {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    this.url = `http://127.0.0.1:${this.#server.address().port}/`
    return this
  }

  /** Publishes a tarball with this `package.json`, under the name in it. */
  publish(manifest, tarball) {
    const { name, version } = manifest
    const path = `/${name}/${version}.tgz`
    this.#tarballs.set(path, readFileSync(tarball))
    const dist = { tarball: new URL(path, this.url).href }
    const versions = { [version]: { ...manifest, dist } }
    this.#packages.set(`/${name}`, { name, 'dist-tags': { latest: version }, versions })
  }

  #answer(path, response) {
    const known = this.#packages.get(path)
    const body = known ? JSON.stringify(known) : this.#tarballs.get(path)
    response.writeHead(body ? 200 : 404).end(body ?? '{}')
  }

  async close() {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
