/** The server's process: starts it, restarts what is in it, kills it and starts another one on the same ports. Gathers its samples. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url))

export class ServerProcess {
  /** Each with `life`, which process it was. */
  samples = []
  errors = []
  ports = [0, 0]
  #life = 0
  #child
  #isWanted = false

  async start() {
    this.#life++
    this.#isWanted = true
    const child = fork(SERVER, this.ports.map(String), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child = child
    child.on('message', (message) => this.#receive(message))
    child.on('exit', (code, signal) => {
      if (this.#isWanted && child === this.#child) this.errors.push(`the server ended: ${code ?? signal}`)
    })
    await this.#ready()
  }

  #receive(message) {
    if (message.kind === 'sample') this.samples.push({ ...message, life: this.#life })
    if (message.kind === 'error') this.errors.push(message.text)
    if (message.kind === 'ready') this.ports = message.ports
  }

  async #ready() {
    for (;;) {
      const [{ kind }] = await once(this.#child, 'message', { signal: AbortSignal.timeout(60_000) })
      if (kind === 'ready') return
    }
  }

  /** The room servers and http servers in it. */
  async restartServers() {
    this.#child.send('restart')
    await this.#ready()
  }

  async kill() {
    this.#isWanted = false
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  async restartProcess() {
    await this.kill()
    await this.start()
  }
}
