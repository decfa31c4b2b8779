/** A client that behaves, beside those that don't: writes a sequence, and hears all that its neighbours write. */

import { TestClient } from '../support/client.mjs'
import { changeReq, helloReq } from '../support/messages.mjs'
import { Ledger } from '../soak/ledger.mjs'

export class Neighbour {
  sent = 0

  constructor(tally, name) {
    this.name = name
    this.ledger = new Ledger(tally, name)
  }

  async join(url, roomId) {
    this.client = await new TestClient(url).opened
    const welcome = await this.client.hello(helloReq({ roomId, clientName: 'good' }))
    if (welcome.type !== 1) throw new Error(`not let in: ${JSON.stringify(welcome)}`)
    this.ledger.snapshot(welcome.roomState)
    this.#listen()
    return this
  }

  async #listen() {
    try {
      for (;;) {
        const message = await this.client.next()
        for (const change of message.roomChanges ?? []) this.ledger.change(change)
      }
    } catch (error) {
      if (!this.isLeaving) this.failure = error
    }
  }

  write() {
    this.sent++
    this.client.send(changeReq({ room: { [this.name]: String(this.sent) }, echo: true }))
  }

  hasAllOf(others) {
    return others.every(({ name, sent }) => this.ledger.last(name) === sent)
  }

  leave() {
    this.isLeaving = true
    return this.client.terminate()
  }
}
