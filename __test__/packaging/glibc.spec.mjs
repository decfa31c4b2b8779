/** Which versions of symbols an addon needs, read from the file; and the command that compares them with the oldest glibc supported. */

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { neededVersions } from '../../.ci/elf.mjs'
import { PACKAGE } from '../support/child.mjs'

/** A file with nothing but what the reader looks at: for each library the versions that are needed of it. */
function elfThatNeeds(libraries) {
  const names = Buffer.from(`\0${libraries.flat().join('\0')}\0`, 'latin1')
  const needs = libraries.map((versions, index) => {
    const entry = Buffer.alloc(16 + 16 * versions.length)
    entry.writeUInt16LE(versions.length, 2)
    entry.writeUInt32LE(16, 8)
    entry.writeUInt32LE(index === libraries.length - 1 ? 0 : entry.length, 12)
    versions.forEach((name, i) => {
      const at = 16 + 16 * i
      entry.writeUInt32LE(names.indexOf(`\0${name}\0`) + 1, at + 8)
      entry.writeUInt32LE(i === versions.length - 1 ? 0 : 16, at + 12)
    })
    return entry
  })
  const body = Buffer.concat(needs)
  const header = Buffer.alloc(64)
  header.write('\x7fELF', 'latin1')
  header[4] = 2
  header[5] = 1
  header.writeBigUInt64LE(BigInt(64 + names.length + body.length), 0x28)
  header.writeUInt16LE(64, 0x3a)
  header.writeUInt16LE(2, 0x3c)
  const sections = Buffer.alloc(128)
  sections.writeUInt32LE(3, 4)
  sections.writeBigUInt64LE(64n, 24)
  sections.writeUInt32LE(0x6ffffffe, 68)
  sections.writeBigUInt64LE(BigInt(64 + names.length), 88)
  sections.writeUInt32LE(0, 104)
  sections.writeUInt32LE(libraries.length, 108)
  return Buffer.concat([header, names, body, sections])
}

describe('the versions that an ELF file needs', () => {
  test.each([
    [[['GLIBC_2.2.5']]],
    [[['GLIBC_2.2.5', 'GLIBC_2.28', 'GLIBC_2.4'], ['GCC_3.0'], ['GLIBC_2.17', 'GLIBC_2.3']]],
  ])('are found in every library: %j', (libraries) => {
    expect(neededVersions(elfThatNeeds(libraries))).toEqual(libraries.flat())
  })

  test.runIf(process.platform === 'linux')('are those whose names stand in the running node', async () => {
    const file = await readFile(process.execPath)
    const needed = neededVersions(file)
    const inText = new Set(file.toString('latin1').match(/GLIBC_\d[\d.]*(?=\0)/g))
    expect(new Set(needed.filter((name) => name.startsWith('GLIBC_')))).toEqual(inText)
  })

  test.each([
    ['no file for a machine', Buffer.from('{}')],
    ['for 32 bits', Buffer.concat([Buffer.from('\x7fELF\x01\x01', 'latin1'), Buffer.alloc(64)])],
  ])('%s: an error says so', (_, file) => {
    expect(() => neededVersions(file)).toThrow(/^not an? /)
  })
})

describe('node .ci/check-glibc.mjs', () => {
  let folder
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'room-server-glibc-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function check(name, libraries) {
    const file = join(folder, name)
    await writeFile(file, libraries ? elfThatNeeds(libraries) : 'no addon')
    const script = join(PACKAGE, '.ci', 'check-glibc.mjs')
    const run = promisify(execFile)(process.execPath, [script, file])
    return run.then(
      ({ stdout }) => ({ code: 0, output: stdout }),
      ({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
    )
  }

  test.each([
    ['a.linux-x64-gnu.node', [['GLIBC_2.28', 'GLIBC_2.4']], 0, 'needs GLIBC_2.28'],
    ['b.linux-x64-gnu.node', [['GLIBC_2.4'], ['GLIBC_2.29', 'GLIBC_2.9']], 1, 'needs GLIBC_2.29'],
    ['c.linux-x64-musl.node', [['GCC_3.0']], 0, 'needs no glibc'],
    ['d.linux-x64-musl.node', [['GLIBC_2.2.5']], 1, 'needs GLIBC_2.2.5'],
    ['e.linux-x64-gnu.node', undefined, 1, 'not an ELF file'],
  ])('%s that needs %j: exit code %i', async (name, libraries, code, text) => {
    const result = await check(name, libraries)
    expect(result.output).toContain(text)
    expect(result.code).toBe(code)
  })
})
