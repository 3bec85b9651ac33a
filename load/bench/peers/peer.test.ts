import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { freePorts, startServing } from './peer.ts'

const signal = new AbortController().signal

describe('freePorts', () => {
  it('freePorts chooses different ports below those that the system assigns', async () => {
    const ports = await freePorts(20)
    expect(new Set(ports).size).toBe(20)
    expect(Math.max(...ports)).toBeLessThan(30_000)
  })
})

describe('startServing', () => {
  it('startServing waits until the program listens, and stops it', async () => {
    await using scratch = await scratchDir()
    const [port = 0] = await freePorts(1)
    const script = `require('node:http').createServer((_, r) => r.end('hello')).listen(${port}, '127.0.0.1')`
    const server = await startServing({
      name: 'a server',
      command: process.execPath,
      args: ['-e', script],
      port,
      install: '',
      signal,
      scratchDir: scratch.path,
    })
    const response = await fetch(`http://127.0.0.1:${port}`)
    expect(await response.text()).toBe('hello')
    await server[Symbol.asyncDispose]()
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow('fetch failed')
  })

  it('startServing says how to install a missing program', async () => {
    await using scratch = await scratchDir()
    const [port = 0] = await freePorts(1)
    const starting = startServing({
      name: 'Missing',
      command: 'no-such-program',
      args: [],
      port,
      install: 'apt-get install missing',
      signal,
      scratchDir: scratch.path,
    })
    await expect(starting).rejects.toThrow(
      /Missing ended with 127 \(apt-get install missing\)\n.*no-such-program/,
    )
  })
})

async function scratchDir() {
  const path = await mkdtemp(join(tmpdir(), 'peer-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
