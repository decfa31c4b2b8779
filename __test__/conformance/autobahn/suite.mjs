/**
 * Autobahn|Testsuite, the genuine one: from PyPI where there is a CPython 2.7, else as Docker image. Its fuzzing client connects to
 * a server, plays one case after the other and judges what comes back. Knows nothing of the servers.
 */

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** Git ignores it. */
const FOLDER = join(ROOT, 'target/autobahn')
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url))
const IMAGE = process.env.AUTOBAHN_IMAGE ?? 'crossbario/autobahn-testsuite'
const AGENT = 'server'

/** The last virtualenv that can make environments for Python 2.7. */
const VIRTUALENV = 'virtualenv==20.21.1'

/** Which cases, and how long all of them may take: the suite itself waits up to 480 s for one. */
export const SETS = {
  core: {
    cases: ['1.*', '2.*', '3.*', '4.*', '5.*', '6.*', '7.*', '9.*', '10.*'],
    limitMs: 10 * 60_000,
  },
  compression: { cases: ['12.*', '13.*'], limitMs: 90 * 60_000 },
}

/** Finds the suite, or installs it. Throws where there is no way. */
export function findSuite() {
  const python = findPython()
  if (python) return fromPyPI(python)
  if (hasDocker()) return fromDocker()
  throw new Error(
    'Autobahn|Testsuite needs CPython 2.7 (PYTHON27=<path>, pyenv, or python2.7 on the PATH) or Docker; neither was found.',
  )
}

function findPython() {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions')
  const pyenv = existsSync(versions) ? readdirSync(versions).filter((name) => /^2\.7\./.test(name)) : []
  const candidates = [
    process.env.PYTHON27,
    ...pyenv.map((name) => join(versions, name, 'bin/python2.7')),
    'python2.7',
  ]
  return candidates.find((command) => command && answers(command, ['--version']))
}

const hasDocker = () => answers('docker', ['info'])

function answers(command, args) {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 30_000 })
    return true
  } catch {
    return false
  }
}

/** An environment of its own with the suite in it. */
function fromPyPI(python) {
  const [tools, suite] = [join(FOLDER, 'tools'), join(FOLDER, 'suite')]
  const wstest = join(suite, 'bin/wstest')
  const steps = [
    ['python3', '-m', 'venv', tools],
    [join(tools, 'bin/pip'), 'install', '--quiet', VIRTUALENV],
    [join(tools, 'bin/virtualenv'), '--quiet', '--python', python, suite],
    [join(suite, 'bin/pip'), 'install', '--quiet', '--requirement', REQUIREMENTS],
  ]
  if (!existsSync(wstest)) {
    console.log(`Installing Autobahn|Testsuite into ${FOLDER}`)
    for (const [command, ...args] of steps) execFileSync(command, args, { stdio: 'inherit' })
  }
  return { name: 'PyPI, CPython 2.7', command: (spec) => [wstest, '-m', 'fuzzingclient', '-s', spec] }
}

function fromDocker() {
  const command = (spec) => [
    ...['docker', 'run', '--rm', '--network', 'host', '--volume', `${FOLDER}:${FOLDER}`, IMAGE],
    ...['wstest', '-m', 'fuzzingclient', '-s', spec],
  ]
  return { name: `Docker, ${IMAGE}`, command }
}

/**
 * Plays the cases of a set against a server; what came of each, as `behaviour, close, code`. `name` is for the folder with the suite's own reports.
 */
export async function play(suite, url, set, name) {
  const outdir = join(FOLDER, 'reports', name)
  rmSync(outdir, { recursive: true, force: true })
  mkdirSync(outdir, { recursive: true })
  const spec = join(outdir, 'spec.json')
  const servers = [{ agent: AGENT, url }]
  const { cases, limitMs } = SETS[set]
  writeFileSync(
    spec,
    JSON.stringify({ outdir, servers, cases, 'exclude-cases': [], 'exclude-agent-cases': {} }),
  )
  await run(suite.command(spec), limitMs)
  const report = JSON.parse(readFileSync(join(outdir, 'index.json'), 'utf8'))[AGENT] ?? {}
  return Object.fromEntries(
    Object.entries(report)
      .map(([id, { behavior, behaviorClose, remoteCloseCode }]) => [
        id,
        `${behavior}, ${behaviorClose}, ${remoteCloseCode}`,
      ])
      .sort(([a], [b]) => byNumber(a, b)),
  )
}

/** Runs a command to its end. The suite prints a lot; it is shown only when it fails. */
function run([command, ...args], limitMs) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-4000)))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) return resolve()
      reject(new Error(`the suite ended with ${signal ?? code}:\n${output}`))
    })
  })
}

/** `10.1` behind `9.8`. */
function byNumber(a, b) {
  const [left, right] = [a, b].map((id) => id.split('.').map(Number))
  const at = left.findIndex((part, index) => part !== right[index])
  return at < 0 ? 0 : left[at] - (right[at] ?? -1)
}
