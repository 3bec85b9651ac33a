import { expect, test } from 'vitest'

import { findFreePort, isFreePort } from '../origin/free-port.ts'
import { Program } from './program.ts'

/** Listens on the port in its argument. Ends with SIGTERM, as any program does. */
const LISTENS = `require('node:net').createServer().listen(Number(process.argv[1]), '127.0.0.1')`
const IGNORES_SIGTERM = `process.on('SIGTERM', () => {}); ${LISTENS}`
/** Has a worker process, and ends when that ends. */
const HAS_WORKER = `
  const { spawn } = require('node:child_process')
  spawn('sleep', ['60']).once('exit', () => process.exit(7))
  ${LISTENS}`

/** A shell that waits for the program. With SIGTERM it ends alone. */
async function startWrapped(script: string, stopWithinMs: number) {
  const port = await findFreePort()
  const program = new Program({
    command: ['sh', '-c', '"$0" -e "$1" "$2"; exit $?', process.execPath, script, `${port}`],
    cwd: import.meta.dirname,
    stopSignal: 'SIGTERM',
    stopWithinMs,
  })
  await program.ready(port, { readyWhen: 'accepts', readyWithinMs: 20_000 })
  return { port, program }
}

test.each([
  ['ends with SIGTERM', LISTENS, 20_000],
  ['ignores SIGTERM', IGNORES_SIGTERM, 200],
])('Program.stop ends a wrapped program that %s', async (_does, script, stopWithinMs) => {
  const { port, program } = await startWrapped(script, stopWithinMs)
  await program.stop()
  await expect.poll(() => isFreePort(port)).toBe(true)
})

test('Program.killChild kills a worker below a wrapper, not the wrapped program', async () => {
  const { program } = await startWrapped(HAS_WORKER, 20_000)
  const ended = new Promise((resolve) => void program.onUnasked(({ how }) => resolve(how)))
  await program.killChild()
  expect(await ended).toBe('code 7')
})
