/**
 * The tables, on the server. A room is a table; its state is what everybody may see:
 *
 *     story           what is being estimated
 *     vote:<client>   '' while the card lies face down, then the card
 *     revealed        'yes' when the cards are turned
 *
 * What nobody may see yet, the cards themselves, is in `client.data`.
 */

import { error } from '@sveltejs/kit'
import { wss, MESSAGE_TYPE, type LiveClient, type LiveRoom } from '@cgreenhalgh/websocket-room-server'
import { CARDS, POKER } from './cards.ts'

type Table = LiveRoom
type Player = LiveClient<{ card?: string }>

/** Tables at which nobody sits are kept for so long. */
const EMPTY_MS = 10 * 60_000

wss.onHelloReq = (_wss, req) => {
  if (req.roomProtocol !== POKER) throw new Error('please reload the page')
  if (!/^[a-z0-9-]{1,40}$/.test(req.roomId)) error(404, 'there is no such table')
  req.clientName = req.clientName?.trim().slice(0, 24)
  if (!req.clientName) error(400, 'please say who you are')
  return { clientState: {}, readonly: !!req.readonly }
}

// Pages change nothing by themselves: all they can do is to play.
wss.onChangeReq = () => {
  throw new Error('please use the buttons')
}

wss.onActionReq = (_wss, { id, action, data = '' }, table, clientId, player: Player) => {
  const move = !player.readonly && Object.hasOwn(MOVES, action) && MOVES[action]
  const objection = move ? move(table, clientId, player, data) : `you can not ${action}`
  return { type: MESSAGE_TYPE.ACTION_RESP, id, success: !objection, msg: objection || undefined }
}

/** What a player can do; each says what is wrong, if something is. */
const MOVES: Record<string, (table: Table, id: string, player: Player, data: string) => string | void> = {
  vote(table, id, player, card) {
    if (!CARDS.includes(card)) return 'there is no such card'
    if (table.state.revealed) return 'the cards have been turned'
    player.data.card = card
    table.set(`vote:${id}`, '')
  },

  reveal(table) {
    const votes = voters(table).map(([id, { data }]) => [`vote:${id}`, data.card])
    if (votes.length === 0) return 'nobody has played a card'
    table.update({ ...Object.fromEntries(votes), revealed: 'yes' })
  },

  again: (table) => deal(table),
}

wss.onLeave = (_wss, table, clientId) => {
  table.delete(`vote:${clientId}`)
  if (table.counts.clients > 0) return
  const isEmpty = () => wss.room(table.id) === table && table.counts.clients === 0
  setTimeout(() => isEmpty() && wss.closeRoom(table.id), EMPTY_MS).unref()
}

/** A new round, perhaps about another story. */
export function deal(table: Table, story = table.state.story) {
  const votes = voters(table)
  for (const [, { data }] of votes) delete data.card
  const old = Object.keys(table.state).filter((key) => key.startsWith('vote:'))
  table.update({ ...Object.fromEntries(old.map((key) => [key, undefined])), revealed: undefined, story })
}

const voters = (table: Table): [string, Player][] =>
  Object.entries(table.clients).filter(([, { data }]) => data.card !== undefined)
