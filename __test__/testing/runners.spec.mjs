/** The test kit in the test runner of Node itself; __test__/jest has it in jest, and the other files here are vitest's. */

import { expect, test } from 'vitest'
import { runScript } from '../support/child.mjs'

test('node --test passes, and ends by itself', async () => {
  const runner = `
    const { run } = require('node:test')
    const failures = []
    let passes = 0
    run({ files: ['__test__/testing/fixtures/node-test.mjs'] })
      .on('test:fail', ({ details }) => failures.push(String(details.error.cause ?? details.error)))
      .on('test:pass', () => passes++)
      .on('end', () => console.log(JSON.stringify({ passes, failures })))
      .resume()`
  const { code, stdout, stderr } = await runScript(runner)
  expect({ code, stderr, ...JSON.parse(stdout || '{}') }).toEqual({
    code: 0,
    stderr: '',
    passes: 1,
    failures: [],
  })
})

test('the test kit starts nothing when it is imported', async () => {
  const script =
    "import { startRooms } from '@cgreenhalgh/websocket-room-server/testing'; console.log(typeof startRooms)"
  expect(await runScript(script, { module: true })).toMatchObject({
    code: 0,
    stdout: 'function\n',
    stderr: '',
  })
})
