/** Hooks that do at random what hooks shouldn't. Clients with the room protocol `good:1` are treated well. */

const THROWN = [
  () => new Error('x'.repeat(500)),
  () => new Error(''),
  () => null,
  () => undefined,
  () => 'text',
  () => ({ status: 404, body: { message: 'not here' } }),
  () => new Proxy({}, { get: () => fail('trap') }),
  () => ({
    get message() {
      return fail('getter')
    },
  }),
]

const RESULTS = [
  () => undefined,
  () => null,
  () => 5,
  () => [],
  () => ({}),
  () => ({ clientState: null, roomChanges: 'no', clientChanges: 7 }),
  () => ({ clientState: { a: 1n }, roomChanges: [{ key: 'a', value: 1n }] }),
  () => ({ roomChanges: [null], clientChanges: [{ key: {} }] }),
  () => ({ toJSON: () => fail('toJSON') }),
  () => new Proxy({}, { ownKeys: () => fail('trap'), get: () => fail('trap') }),
]

function fail(text) {
  throw new Error(text)
}

export function setHooks(wss, random) {
  const isGood = (client) => client?.clientName === 'good'
  const misbehave = (given) => outcome(wss, random, given)
  wss.onHelloReq = (_wss, req) =>
    isGood(req) ? { clientState: req.clientState, readonly: false } : misbehave(helloed(req))
  wss.onChangeReq = (_wss, req, _room, _id, client) =>
    isGood(client) ? changed(req) : misbehave(changed(req))
  wss.onActionReq = (_wss, req, room, id, client) => {
    if (!isGood(client)) disturb(wss, random, room, id, client)
    return misbehave({ type: 5, id: req.id, success: true })
  }
  for (const name of ['onLeave', 'onJoin', 'onDrop', 'onResume'])
    wss[name] = (_wss, _room, _id, client) => (isGood(client) ? undefined : misbehave())
  // What hooks throw is printed otherwise.
  wss.onError = () => {}
  wss.onLoadRoom = (_wss, room) => (room.id.startsWith('good') ? undefined : misbehave({ a: '1' }))
}

const helloed = (req) => ({ clientState: req.clientState, readonly: !!req.readonly })
const changed = ({ roomChanges, clientChanges, echo }) => ({ roomChanges, clientChanges, echo })

/** What is given mostly; else wrong results, errors, late ones, and promises that never settle. */
function outcome(wss, random, given) {
  if (random.chance(0.6)) return random.chance(0.5) ? given : Promise.resolve(given)
  return random.pick([
    () => {
      throw random.pick(THROWN)()
    },
    () => Promise.reject(random.pick(THROWN)()),
    () => random.pick(RESULTS)(),
    () => Promise.resolve(random.pick(RESULTS)()),
    () => new Promise(() => {}),
    () => new Promise((resolve) => setTimeout(resolve, random.below(30), given)),
    () => ({ then: () => fail('then') }),
    () => ({
      get then() {
        return fail('getter')
      },
    }),
  ])()
}

/** What an application may do with the room and the client that it is given, or to them. */
function disturb(wss, random, room, id, client) {
  random.pick([
    () => {},
    () => (room.state[random.pick(['a', '__proto__', '0'])] = random.pick(['1', undefined, 5, { b: [1] }])),
    () => (room.state = { fresh: 'state' }),
    () => delete room.clients[id],
    () => delete wss.rooms[room.id],
    () => (wss.rooms[room.id] = { id: room.id, clients: {}, state: { a: 'b' } }),
    () => client.ws.close(4000, 'x'.repeat(random.below(200))),
    () => client.ws.terminate(),
    () => wss.ejectClient(room.id, id, 'bye'),
    () => wss.closeRoom(room.id, 'closed'),
    () => wss.broadcastChange(room, { type: 3, roomChanges: [{ key: 'a', value: '1' }] }, id),
    () => client.ws.send('x'.repeat(random.below(100_000))),
    () => client.request('confirm', 'data', { timeoutMs: 50 }).catch(() => {}),
    () => (client.clientState = null),
    () => (client.clientName = { toString: 5 }),
    () => JSON.stringify(wss.rooms),
  ])()
}
