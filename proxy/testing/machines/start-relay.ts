import { connect, createServer } from 'node:net'
import { join } from 'node:path'

import { bind } from '../../listen.ts'
import { eventually } from '../deadline.ts'
import { startProgram } from '../start-program.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import type { Machine } from './network.ts'

/** Runs on the machine. Files are the same on all machines, so it reaches a Unix socket of the tests. */
const PROGRAM = `
  const { connect, createServer } = require('node:net')
  const [host, port, path] = process.argv.slice(1)
  createServer((socket) => {
    const inside = connect(path)
    socket.on('error', () => inside.destroy())
    inside.on('error', () => socket.destroy())
    socket.pipe(inside).pipe(socket)
  }).listen(Number(port), host, () => console.log('listens'))
`

/** Makes a server of the tests, at this port of 127.0.0.1, one of the machine, at this address. */
export async function startRelay(
  machine: Machine,
  { host, port, toPort }: { readonly host: string; readonly port: number; readonly toPort: number },
): Promise<AsyncDisposable> {
  const folder = temporaryFolder('relay-')
  const path = join(folder.path, 'relay.sock')
  const server = createServer((socket) => {
    const inside = connect(toPort, '127.0.0.1')
    socket.on('error', () => inside.destroy())
    inside.on('error', () => socket.destroy())
    socket.pipe(inside).pipe(socket)
  })
  await bind(server, path, { path })
  const [command = '', ...args] = machine.command(
    process.execPath,
    '-e',
    PROGRAM,
    host,
    String(port),
    path,
  )
  const program = startProgram(command, args)
  await eventually('the relay listens', () => {
    if (program.child.exitCode !== null) throw new Error(`the relay ended: ${program.stderr}`)
    return program.stdout.includes('listens')
  })
  return {
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]()
      server.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}
