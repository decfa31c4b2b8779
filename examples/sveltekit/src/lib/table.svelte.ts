/**
 * A table as a page sees it. Everything is read from the room, so it is what everybody sees.
 */

import { createSubscriber } from 'svelte/reactivity'
import { connect, type RoomClient } from '@cgreenhalgh/websocket-room-server/client'
import { POKER } from './cards.ts'

export interface Seat {
  id: string
  name: string
  isMine: boolean
  /** undefined: has not played; '': the card lies face down. */
  card: string | undefined
}

export class Table {
  #room: RoomClient
  #follow: () => void

  constructor(base: string, roomId: string, clientName: string) {
    this.#room = connect({ base }, { roomProtocol: POKER, roomId, clientName })
    this.#follow = createSubscriber((update) => this.#room.subscribe(update))
  }

  get #now() {
    this.#follow()
    return this.#room.snapshot
  }

  get status() {
    return this.#now.status
  }

  /** Why it is closed. */
  get reason() {
    return this.#now.reason?.reason
  }

  get story() {
    return this.#now.state.story ?? ''
  }

  get isRevealed() {
    return this.#now.state.revealed !== undefined
  }

  get seats(): Seat[] {
    const { clients, state, id: mine } = this.#now
    return Object.entries(clients).map(([id, { clientName }]) => ({
      id,
      name: clientName ?? '',
      isMine: id === mine,
      card: state[`vote:${id}`],
    }))
  }

  /** The mean of the turned cards that are numbers. */
  get mean() {
    const numbers = this.seats.map(({ card }) => Number(card || NaN)).filter((n) => !Number.isNaN(n))
    return numbers.length ? numbers.reduce((sum, n) => sum + n, 0) / numbers.length : undefined
  }

  vote = (card: string) => this.#room.action('vote', card)
  reveal = () => this.#room.action('reveal')
  again = () => this.#room.action('again')
  leave = () => this.#room.leave()
}
