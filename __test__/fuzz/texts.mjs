/** Messages as clients shouldn't write them: JSON typed and mistyped, cut, nested, with names that objects have. */

const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'a',
  '0',
  '',
  '\ud83d',
  'x'.repeat(300),
  'é€𝄞',
]
const SCALARS = [
  null,
  true,
  false,
  0,
  -1,
  2,
  4.5,
  1e300,
  '',
  'text',
  '\0',
  '\u2028',
  '"\\',
  'websocket-room-server:1',
]
const MEMBERS = {
  hello: [
    'protocol',
    'roomProtocol',
    'roomId',
    'clientName',
    'clientType',
    'clientState',
    'readonly',
    'roomCredential',
    'clientCredential',
    'ext',
  ],
  request: [
    'type',
    'echo',
    'roomChanges',
    'clientChanges',
    'action',
    'id',
    'data',
    'flush',
    'msg',
    'received',
  ],
}

function value(random, depth = 0) {
  const kind = random.below(depth > 3 ? 2 : 5)
  if (kind === 0) return random.pick(NAMES)
  if (kind <= 2) return random.pick(SCALARS)
  const list = Array.from({ length: random.below(4) }, () => value(random, depth + 1))
  return kind === 3 ? list : Object.fromEntries(list.map((item) => [random.pick(NAMES), item]))
}

const sets = (random) =>
  Array.from({ length: random.below(4) }, () => ({
    key: random.chance(0.9) ? random.pick(NAMES) : value(random),
    value: random.chance(0.8) ? random.pick(NAMES) : value(random),
  }))

/** Members of the original type, or of any. */
function spoil(random, message, names, rate) {
  for (const name of names) if (random.chance(rate)) message[name] = value(random)
  return JSON.stringify(message)
}

export function hello(random) {
  const message = {
    protocol: 'websocket-room-server:1',
    roomProtocol: 'bad:1',
    roomId: random.pick(NAMES),
    clientState: random.chance(0.5) ? {} : { [random.pick(NAMES)]: random.pick(NAMES) },
    readonly: random.chance(0.2),
    ext: random.chance(0.3)
      ? { resume: random.chance(0.5) ? {} : { token: random.pick(NAMES), received: 1 } }
      : undefined,
  }
  return damaged(random, spoil(random, message, MEMBERS.hello, random.chance(0.7) ? 0 : 0.2))
}

export function request(random) {
  const message = random.pick([
    () => ({ type: 2, roomChanges: sets(random), clientChanges: sets(random), echo: random.chance(0.5) }),
    () => ({ type: 4, action: random.pick(NAMES), id: random.pick(NAMES), data: random.pick(NAMES) }),
    () => ({ type: 5, id: random.pick(NAMES), success: true }),
    () => ({ type: 6, flush: random.chance(0.5) }),
    () => ({ type: 8, received: random.below(5) }),
  ])()
  return damaged(random, spoil(random, message, MEMBERS.request, random.chance(0.7) ? 0 : 0.15))
}

function damaged(random, text) {
  if (random.chance(0.95)) return text
  const at = random.below(text.length + 1)
  return random.pick([
    () => text.slice(0, at),
    () => text.slice(0, at) + random.pick(NAMES) + text.slice(at),
    () => '['.repeat(10_000),
    () => '',
  ])()
}
