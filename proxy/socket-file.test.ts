import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { openListener } from './listener.ts'
import { checkSockets, SocketFile } from './socket-file.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const connectorAt = (path: string, mode = 0o660) => {
  return { type: 'unix-socket', host: '', port: 0, socket: { path, mode } } as const
}

/** Listens at the path, and answers each connection with the name. */
async function listen(path: string, name: string, mode?: number) {
  const server = createServer((socket) => {
    // What only looks whether this process listens reads no answer.
    socket.on('error', () => undefined).end(name)
  })
  return await openListener(server, connectorAt(path, mode), undefined)
}

/** A socket file at which no process listens, as after a kill. */
async function leaveStale(path: string): Promise<void> {
  const server: Server = createServer()
  const file = await SocketFile.claim({ path, mode: 0o660 })
  await new Promise<void>((resolve) => {
    server.listen({ path: file.openAt }, resolve)
  })
  await file.publish()
  file.settle()
  await new Promise((resolve) => {
    server.close(resolve)
  })
}

/** What the server at the path answers, or why it does not. */
async function answerOf(path: string): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect({ path })
    socket.on('data', (bytes) => resolve(bytes.toString()))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
}

describe('SocketFile', () => {
  it('a listener at a Unix socket has a file with its mode, and nothing else in the folder', async () => {
    await using folder = temporaryFolder('socket-')
    const path = join(folder.path, 'a.sock')
    const listener = await listen(path, 'one', 0o606)
    expect(statSync(path).mode & 0o777).toBe(0o606)
    expect(readdirSync(folder.path)).toEqual(['a.sock'])
    expect(await answerOf(path)).toBe('one')
    listener.stop()
    expect(readdirSync(folder.path)).toEqual([])
  })

  it('a listener replaces the file of a process that was killed', async () => {
    await using folder = temporaryFolder('socket-')
    const path = join(folder.path, 'a.sock')
    await leaveStale(path)
    expect(await answerOf(path)).toBe('ECONNREFUSED')
    const listener = await listen(path, 'two')
    expect(await answerOf(path)).toBe('two')
    listener.stop()
  })

  it('a listener refuses a path at which another process listens, and leaves it alone', async () => {
    await using folder = temporaryFolder('socket-')
    const path = join(folder.path, 'a.sock')
    const first = await listen(path, 'first')
    await expect(listen(path, 'second')).rejects.toThrow(
      `cannot listen on unix:${path}: another process listens there; stop it, or change path`,
    )
    expect(await answerOf(path)).toBe('first')
    expect(readdirSync(folder.path)).toEqual(['a.sock'])
    first.stop()
  })

  it('of listeners that start at once at a stale file, exactly one gets it', async () => {
    await using folder = temporaryFolder('socket-')
    const path = join(folder.path, 'a.sock')
    await leaveStale(path)
    const names = ['a', 'b', 'c', 'd']
    const results = await Promise.allSettled(names.map(async (name) => await listen(path, name)))
    const winners = names.filter((_name, index) => results[index]?.status === 'fulfilled')
    expect(winners.length).toBe(1)
    expect(await answerOf(path)).toBe(winners[0])
    expect(readdirSync(folder.path)).toEqual(['a.sock'])
    for (const result of results) if (result.status === 'fulfilled') result.value.stop()
  })

  it('a listener that stops does not remove the file of its successor', async () => {
    await using folder = temporaryFolder('socket-')
    const path = join(folder.path, 'a.sock')
    const server = createServer()
    const old = await SocketFile.claim({ path, mode: 0o660 })
    await new Promise<void>((resolve) => {
      server.listen({ path: old.openAt }, resolve)
    })
    await old.publish()
    await new Promise((resolve) => {
      server.close(resolve)
    })
    const successor = await listen(path, 'successor')
    old.remove()
    expect(await answerOf(path)).toBe('successor')
    successor.stop()
  })

  it.each([
    ['a file that is no socket', (path: string) => writeFileSync(path, 'precious')],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('a listener refuses a path that is %s, and so does check', async (what, make) => {
    await using folder = temporaryFolder('socket-')
    const path = join(folder.path, 'a.sock')
    make(path)
    const message = `cannot listen on unix:${path}: expected a socket or nothing, got ${what}; remove it, or change path`
    await expect(listen(path, 'a')).rejects.toThrow(message)
    expect(() => checkSockets([connectorAt(path)])).toThrow(message)
    expect(existsSync(path)).toBe(true)
  })

  it('a listener refuses a folder that does not exist, and so does check', async () => {
    await using folder = temporaryFolder('socket-')
    const path = join(folder.path, 'none', 'a.sock')
    const message = `cannot listen on unix:${path}: its folder does not exist; create it, or change path`
    await expect(listen(path, 'a')).rejects.toThrow(message)
    expect(() => checkSockets([connectorAt(path)])).toThrow(message)
  })

  it.skipIf(process.getuid?.() === 0)(
    'a listener refuses a folder that its user may not write to (not as root, who may)',
    async () => {
      await using folder = temporaryFolder('socket-')
      chmodSync(folder.path, 0o500)
      const path = join(folder.path, 'a.sock')
      const message = 'this user may not write to its folder'
      await expect(listen(path, 'a')).rejects.toThrow(message)
      expect(() => checkSockets([connectorAt(path)])).toThrow(message)
      chmodSync(folder.path, 0o700)
    },
  )
})
