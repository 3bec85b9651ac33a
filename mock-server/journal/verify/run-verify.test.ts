import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeEach, expect, it } from 'vitest'

import { JudgedStore } from '../../testing/judged-store.ts'
import { runVerify } from './run-verify.ts'

const judged = await JudgedStore.start()
const { url } = judged.store
const folder = mkdtempSync(join(tmpdir(), 'verify-'))
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await judged.store.close()
})
beforeEach(() => judged.reset())

/** Runs the program in this process. */
async function run(...args: readonly string[]) {
  let printed = ''
  const code = await runVerify(args, (text) => (printed += text))
  return { code, printed }
}

function seed(): number {
  return judged.store.control.info().settings.randomSeed
}

function fileOf(text: string): string {
  const path = join(folder, 'expectations.yaml')
  writeFileSync(path, text)
  return path
}

it('the verify program exits with 0 when all expectations pass', async () => {
  await using stream = await judged.openStream('proxy')
  const args = ['--expect', 'exactlyOneConnection', '--expect', 'requests: {exactly: 1}']
  expect(await run('--url', `${url}/`, ...args)).toEqual({
    code: 0,
    printed: `passed: exactlyOneConnection: expected exactly one connection at a time, got 1
passed: requests: expected exactly 1 requests, got 1
passed, random seed ${seed()}
`,
  })
  expect(stream.ended).toBe(false)
})

it('the verify program exits with 1 when one fails, and prints the near misses', async () => {
  await judged.get('/nowhere')
  const file = fileOf('- exactlyOneConnection\n- requests: {path: /somewhere}\n')
  expect(await run('--url', url, '--file', file)).toEqual({
    code: 1,
    printed: `failed: exactlyOneConnection: expected exactly one connection at a time, got 0
failed: requests: expected at least 1 requests, got 0
  near miss, entry 1: path: expected "/somewhere", got "/nowhere"
failed, random seed ${seed()}
`.replace('entry 1', `entry ${judged.store.control.journal.query().entries[0]?.id ?? 0}`),
  })
})

it('the verify program exits with 1 when the journal does not know', async () => {
  const { code, printed } = await run('--url', url, '--expect', '{"polledPrevious": {}}')
  expect([code, printed.split('\n').at(-2)]).toEqual([1, `inconclusive, random seed ${seed()}`])
})

it('the verify program judges what came after --since, and prints JSON', async () => {
  await judged.get('/nowhere')
  const { cursor } = judged.store.control.journal.query()
  const file = fileOf('since: 0\nexpect:\n  - requests: {exactly: 0}\n')
  const { code, printed } = await run(
    '--url',
    url,
    '--file',
    file,
    '--since',
    `${cursor}`,
    '--json',
  )
  expect([code, JSON.parse(printed)]).toMatchObject([
    0,
    { verdict: 'passed', cursor, randomSeed: seed() },
  ])
})

it.each([
  [[], '--url <URL>'],
  [['--url', 'http://user:opensesame@127.0.0.1'], '--url: expected an http'],
  [['--url', url], 'expected --expect EXPECTATION or --file FILE'],
  [['--url', url, '--expect', 'exactlyTwoConnections'], 'exactlyTwoConnections'],
  [['--url', url, '--expect', 'requests: {exactly: -1}'], 'expect.0.requests.exactly'],
  [['--url', url, '--expect', 'requests: {atLeast: 2, atMost: 1}'], 'atLeast 2 is more than'],
  [['--url', url, '--expect', 'requests: ['], '--expect requests: ['],
  [['--url', url, '--file', '/nowhere.yaml'], 'cannot read /nowhere.yaml'],
  [['--url', url, '--file', '/dev/zero'], 'expected at most 65536 bytes, got more'],
  [['--url', url, '--expect', 'requests', '--since', '-1'], '--since'],
  [['--url', url, '--expect', 'requests', '--since', '99999'], 'earlier run'],
])('the verify program refuses %j', async (args, text) => {
  const refused = run(...args)
  await expect(refused).rejects.toMatchObject({
    code: 'bad-config',
    message: expect.stringContaining(text),
  })
  await expect(refused).rejects.not.toMatchObject({
    message: expect.stringContaining('opensesame'),
  })
})

it.each([
  ['http://127.0.0.1:1', 'no answer of a store'],
  [`${url}/webservice`, 'not that of a store'],
])('the verify program says that there is no store at %s', async (other, text) => {
  await expect(run('--url', other, '--expect', 'requests')).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining(text),
  })
})
