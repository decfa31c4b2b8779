/**
 * Reads which versions of symbols a 64-bit little-endian ELF file needs of its libraries (what `objdump -p` lists as version
 * references), by the layout in elf(5).
 */

const VERSION_NEEDS = 0x6ffffffe // SHT_GNU_verneed

/** The versions' names, e.g. `GLIBC_2.28`; none if the file asks for none. */
export function neededVersions(elf) {
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f454c46) throw new Error('not an ELF file')
  if (elf[4] !== 2 || elf[5] !== 1) throw new Error('not a 64-bit little-endian ELF file')
  const sections = sectionsOf(elf)
  const needs = sections.find(({ type }) => type === VERSION_NEEDS)
  return needs ? readNeeds(elf, needs, sections[needs.link]) : []
}

function sectionsOf(elf) {
  const start = Number(elf.readBigUInt64LE(0x28))
  const size = elf.readUInt16LE(0x3a)
  return Array.from({ length: elf.readUInt16LE(0x3c) }, (_, index) => {
    const at = start + index * size
    return {
      type: elf.readUInt32LE(at + 4),
      offset: Number(elf.readBigUInt64LE(at + 24)),
      link: elf.readUInt32LE(at + 40),
      info: elf.readUInt32LE(at + 44),
    }
  })
}

/** One entry for each library, each with a chain of versions. */
function readNeeds(elf, { offset, info: libraries }, strings) {
  const names = []
  let library = offset
  for (let i = 0; i < libraries; i++) {
    let version = library + elf.readUInt32LE(library + 8)
    for (let j = elf.readUInt16LE(library + 2); j > 0; j--) {
      names.push(text(elf, strings.offset + elf.readUInt32LE(version + 8)))
      version += elf.readUInt32LE(version + 12)
    }
    library += elf.readUInt32LE(library + 12)
  }
  return names
}

function text(elf, start) {
  return elf.toString('latin1', start, elf.indexOf(0, start))
}
