/** The workflows for GitHub: what they build and run is what the project has. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { manifestOf } from '../../.ci/packages.mjs'
import { PLATFORMS } from '../../src/js/server/platform.js'
import { PACKAGE } from '../support/child.mjs'

const folder = join(PACKAGE, '.github', 'workflows')
const workflows = Object.fromEntries(
  readdirSync(folder).map((file) => [file, parse(readFileSync(join(folder, file), 'utf8'))]),
)
const manifest = manifestOf(PACKAGE)
const jobsOf = (file) => Object.values(workflows[file].jobs)
const stepsOf = (file) => jobsOf(file).flatMap(({ steps = [] }) => steps)

describe.each(Object.keys(workflows))('%s', (file) => {
  test('runs scripts that package.json has', () => {
    const named = stepsOf(file).flatMap(({ run = '' }) => [...run.matchAll(/npm run ([\w:-]+)/g)])
    const listed = jobsOf(file).flatMap(({ strategy }) => strategy?.matrix.script ?? [])
    expect(listed).toEqual([...new Set(listed)])
    // With their arguments behind them.
    const scripts = listed.map((script) => script.split(' ', 1)[0])
    for (const script of [...named.map(([, name]) => name), ...scripts])
      expect(manifest.scripts).toHaveProperty([script])
  })

  test('may only read unless a job says otherwise', () => {
    expect(workflows[file].permissions).toEqual({ contents: 'read' })
  })

  test('pins what it uses, keeps no credentials, and ends', () => {
    for (const { uses, with: settings } of stepsOf(file)) {
      if (uses !== undefined) expect(uses).toMatch(/@v\d+/)
      if (uses?.startsWith('actions/checkout')) expect(settings).toEqual({ 'persist-credentials': false })
    }
    for (const { uses, 'timeout-minutes': minutes } of jobsOf(file))
      if (uses === undefined) expect(minutes).toBeGreaterThan(0)
  })
})

describe('build.yml', () => {
  const builds = workflows['build.yml'].jobs.addon.strategy.matrix.include

  test('builds every platform that there is a package for', () => {
    expect(builds.map(({ triple }) => triple).sort()).toEqual(PLATFORMS)
    expect(builds.map(({ target }) => target).sort()).toEqual([...manifest.napi.targets].sort())
    for (const { target, build } of builds) expect(build).toContain(`--target ${target}`)
  })

  test('builds for glibc with the oldest that the check allows', () => {
    const [, oldest] = readFileSync(join(PACKAGE, '.ci', 'check-glibc.mjs'), 'utf8').match(/OLDEST = '(.*)'/)
    const gnu = builds.filter(({ triple }) => triple.endsWith('-gnu'))
    expect(gnu).toHaveLength(2)
    for (const { build } of gnu) expect(build).toMatch(new RegExp(`-gnu\\.${oldest} -x$`))
  })
})

describe('ci.yml', () => {
  const { test: common, alpine } = workflows['ci.yml'].jobs
  const tested = [common, alpine].flatMap(({ strategy }) => strategy.matrix.include)

  test('tests every build', () => {
    expect([...new Set(tested.map(({ triple }) => triple))].sort()).toEqual(PLATFORMS)
  })

  test('tests the oldest version of Node that is supported on every system', () => {
    const [oldest] = manifest.engines.node.match(/\d+/)
    const systems = tested
      .filter(({ node }) => String(node) === oldest)
      .map(({ triple }) => triple.split('-')[0])
    expect([...new Set(systems)].sort()).toEqual(['darwin', 'linux', 'win32'])
  })
})
