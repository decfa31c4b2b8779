/** A strict reader of OpenMetrics 1.0 text, as far as the package uses it: throws at what is not allowed. */

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/

/** What samples of a type are called behind the name of their family. */
const SUFFIXES = { gauge: [''], counter: ['_total'], summary: ['_count', '_sum'] }

/** `Map` of the families by name: `{ type, unit, help, samples }`, samples by name and labels. */
export function parseMetrics(text) {
  if (!text.endsWith('\n# EOF\n')) throw new Error('no # EOF at the end')
  const families = new Map()
  let current
  for (const line of text.slice(0, -'# EOF\n'.length).trimEnd().split('\n')) {
    if (!line.startsWith('#')) readSample(current, line)
    else current = readAbout(families, current, line)
  }
  return families
}

function readAbout(families, current, line) {
  const [, keyword, name, rest] = /^# (TYPE|UNIT|HELP) (\S+) (.+)$/.exec(line) ?? []
  if (!keyword || !NAME.test(name)) throw new Error(`not understood: ${line}`)
  if (keyword === 'TYPE') {
    if (families.has(name)) throw new Error(`twice: ${name}`)
    if (!SUFFIXES[rest]) throw new Error(`unknown type: ${line}`)
    // A family must not look like a sample of another one.
    if (/_(total|count|sum)$/.test(name)) throw new Error(`reserved ending: ${name}`)
    const family = { name, type: rest, samples: new Map() }
    families.set(name, family)
    return family
  }
  if (current?.name !== name || current.samples.size > 0) throw new Error(`in the wrong place: ${line}`)
  if (keyword === 'UNIT' && !name.endsWith(`_${rest}`)) throw new Error(`the name lacks its unit: ${line}`)
  current[keyword.toLowerCase()] = rest
  return current
}

function readSample(family, line) {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? []
  if (!family || !name) throw new Error(`not understood: ${line}`)
  if (!SUFFIXES[family.type].some((suffix) => name === family.name + suffix))
    throw new Error(`not of ${family.name} (${family.type}): ${line}`)
  if (family.samples.has(name + labels)) throw new Error(`twice: ${line}`)
  if (family.type !== 'gauge' && Number(value) < 0) throw new Error(`negative: ${line}`)
  family.samples.set(name + labels, Number(value))
}
