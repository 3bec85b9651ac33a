import { execa } from 'execa'
import { expect, test } from 'vitest'

import { nodeArguments } from '../node-arguments.ts'
import { openClient } from './testing/client.ts'
import { eventually } from './testing/eventually.ts'
import { CHUNKED_HEAD, chunk, startOrigin } from './testing/origin.ts'

const MAIN = nodeArguments('conformance/proof/mutants/main.ts')

function run(...args: readonly string[]) {
  const child = execa(process.execPath, [...MAIN, ...args], {
    buffer: false,
    reject: false,
    forceKillAfterDelay: false,
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()))
  const exit = child.then(({ exitCode }) => exitCode)
  return {
    child,
    exit,
    out: () => out,
    err: () => err,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exit
    },
  }
}

test('npm run mutant serves until it is stopped', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using program = run('opaque-ids', '--backend', origin.url)
  const url = await eventually(
    'the address',
    () => /^listening on (\S+)\n$/.exec(program.out())?.[1],
  )
  await using client = await openClient(url)
  await client.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  socket.write(chunk('data: 1\n\n'))
  await client.receives('id: urn:x:')
  program.child.kill('SIGTERM')
  expect(await program.exit).toBe(0)
})

test('npm run mutant exits with 2 for a usage mistake and with 3 for a taken port', async () => {
  await using origin = await startOrigin()
  await using mistaken = run('opaque-id', '--backend', origin.url)
  expect(await mistaken.exit).toBe(2)
  expect(mistaken.err()).toMatch(/^there is no mutant "opaque-id"/)
  await using blocked = run(
    'opaque-ids',
    '--backend',
    origin.url,
    '--port',
    new URL(origin.url).port,
  )
  expect(await blocked.exit).toBe(3)
  expect(blocked.err()).toContain('EADDRINUSE')
})

test('npm run mutant -- --list prints role, kind, name and description of each mutant', async () => {
  await using program = run('--list')
  expect(await program.exit).toBe(0)
  expect(program.out()).toMatch(/^gateway +benign +reference +has no fault$/m)
  expect(program.out()).toMatch(/^concentrator +broken +hold-back-one +sends each piece when/m)
})
