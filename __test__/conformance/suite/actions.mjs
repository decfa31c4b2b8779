/** Action requests. */

import { expect } from 'vitest'

const INVALID = 'error: Invalid ActionReq'

const REFUSED = [
  ['no action', { action: undefined }],
  ['an action of null', { action: null }],
  ['an action that is a number', { action: 1 }],
  ['an id that is a number', { id: 1 }],
  ['an id that is an object', { id: {} }],
  ['data that is an object', { data: { a: 1 } }],
  ['data that is true', { data: true }],
]

const ANSWERS = [
  [
    'an answer',
    { type: 5, id: '1', success: true, data: 'x', msg: null },
    '{"type":5,"id":"1","success":true,"data":"x","msg":null}',
  ],
  [
    'members in another order',
    { success: false, z: 1, type: 5, a: 2 },
    '{"success":false,"z":1,"type":5,"a":2}',
  ],
  ['undefined members', { type: 5, id: undefined, success: true }, '{"type":5,"success":true}'],
  ['an array', [1, undefined, 'ü'], '[1,null,"ü"]'],
  ['null', null, 'null'],
  ['a string', 'text', '"text"'],
  ['zero', 0, '0'],
  ['an object with toJSON', { toJSON: () => ({ made: 'so' }) }, '{"made":"so"}'],
  ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
]

export function actions({ behaviour }) {
  for (const [what, fields] of REFUSED) {
    behaviour(`${what}: ${INVALID}, hook or not`, async (s) => {
      const unhandled = await s.join()
      unhandled.action('x', fields)
      expect(await unhandled.closed).toEqual({ code: 1002, reason: INVALID })
      let calls = 0
      s.wss.onActionReq = async () => ++calls
      const client = await s.join()
      client.action('x', fields)
      expect(await client.closed).toEqual({ code: 1002, reason: INVALID })
      expect(calls).toBe(0)
    })
  }

  behaviour('without a hook an action closes the connection', async (s) => {
    const client = await s.join()
    client.action('x')
    expect(await client.closed).toEqual({ code: 1002, reason: 'error: unhandled actions' })
  })

  for (const [what, answer, text] of ANSWERS) {
    behaviour(`the hook may answer with ${what}: it is sent as JSON.stringify gives it`, async (s) => {
      s.wss.onActionReq = async () => answer
      const client = await s.join()
      client.action('x')
      expect(await client.nextText()).toBe(text)
    })
  }

  behaviour('an answer of undefined', async (s) => {
    s.wss.onActionReq = async () => undefined
    const client = await s.join()
    client.action('x', { id: '7' })
    const { data, isBinary } = await client.nextRaw()
    const ours = { text: '{"type":5,"id":"7","success":false,"msg":"unhandled action"}', isBinary: false }
    expect({ text: data.toString(), isBinary }).toEqual(
      s.differs('undefined-answer', { text: '', isBinary: true }, ours),
    )
  })

  behaviour('only the client that asked hears the answer', async (s) => {
    s.wss.onActionReq = async () => ({ type: 5, success: true })
    const [client, other] = await s.joinAll(2)
    expect(await client.ask('x')).toEqual({ type: 5, success: true })
    await other.quiet()
  })

  behaviour('a readonly client may act', async (s) => {
    s.wss.onActionReq = async (_wss, { action }) => ({ type: 5, success: true, data: action })
    const client = await s.join({ readonly: true })
    expect(await client.ask('look')).toEqual({ type: 5, success: true, data: 'look' })
  })

  behaviour('an action may be empty, its id and data falsy', async (s) => {
    const seen = []
    s.wss.onActionReq = async (_wss, req) => seen.push(req)
    const client = await s.join()
    await client.ask('')
    await client.ask('x', { id: null, data: '' })
    await client.ask('x', { id: 0, data: false, extra: 1 })
    expect(seen).toEqual([
      { type: 4, action: '', id: undefined, data: undefined },
      { type: 4, action: 'x', id: null, data: '' },
      { type: 4, action: 'x', id: 0, data: false },
    ])
  })

  behaviour('data of every kind passes unchanged', async (s) => {
    s.wss.onActionReq = async (_wss, { id, data }) => ({ type: 5, id, success: true, data })
    const client = await s.join()
    const data = '{"json":"in 🎲 \\"json\\""}\u0000\u2028'
    expect(await client.ask('x', { id: 'ü', data })).toEqual({ type: 5, id: 'ü', success: true, data })
  })
}
