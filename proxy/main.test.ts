import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { eventually } from './testing/deadline.ts'
import { RawClient } from './testing/raw-client.ts'
import { startBackEnd } from './testing/scripted-back-end.ts'
import { spawnProxy } from './testing/spawn-proxy.ts'
import { VERSION } from './version.ts'

const fileFor = (uri: string, port = 0) => `
server:
  applicationConnectors: [{type: http, port: ${port}}]
  adminConnectors: [{type: http, port: 0}]
backends: [{uri: "${uri}", credentials: {username: u, password: topsecret}}]
`

describe('the sse-proxy program', () => {
  it('the sse-proxy program prints its URL in one line and writes both ports to the port file', async () => {
    await using backEnd = await startBackEnd()
    const folder = mkdtempSync(join(tmpdir(), 'ports-'))
    const portFile = join(folder, 'ports')
    await using proxy = spawnProxy(['server', 'FILE', '--port', '0', '--port-file', portFile], {
      file: fileFor(backEnd.uri, 9080),
    })
    const port = await proxy.port()
    expect(readFileSync(portFile, 'utf8')).toMatch(new RegExp(`^${port}\\n\\d+\\n$`))
    rmSync(folder, { recursive: true })
    await using client = await RawClient.get({ port })
    expect(client.head).toMatch(/200 OK/)
    await backEnd.requested(1)
    expect(proxy.stderr).not.toContain('topsecret')
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
  })

  it('the sse-proxy program exits with 0 on SIGTERM while streams are open, one of them to a client that does not read', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = spawnProxy(['server', 'FILE', '--json'], { file: fileFor(backEnd.uri) })
    const started = await eventually(
      'the proxy prints its start-up line',
      () => proxy.stdout.endsWith('\n') && proxy.stdout,
    )
    const line: unknown = JSON.parse(started)
    expect(line).toMatchObject({ event: 'listening' })
    const port = Number(/"url":"http:\/\/127\.0\.0\.1:(\d+)"/.exec(started)?.[1])
    await using reading = await RawClient.get({ port })
    await using stuck = await RawClient.get({ port })
    await backEnd.requested(1)
    stuck.socket.pause()
    const payload = 'x'.repeat(1_000_000)
    for (let number = 1; number <= 10; number += 1) backEnd.send(`data: ${payload}\n\n`)
    await eventually('the reading client has all bytes', () => reading.byteCount > 10_000_000)
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
    await reading.closed()
    // The end of the body, not a broken connection.
    expect(reading.bytes.subarray(-5).toString()).toBe('0\r\n\r\n')
  })

  it('the sse-proxy program prefers the port of the flag to the environment, and the environment to the file', async () => {
    await using taken = await startBackEnd()
    await using proxy = spawnProxy(['server', 'FILE', '--port', '0'], {
      file: fileFor('http://127.0.0.1:1/'),
      environment: { SSE_PROXY_PORT: String(taken.port) },
    })
    expect(await proxy.port()).not.toBe(taken.port)
    await using second = spawnProxy(['server', 'FILE'], {
      file: fileFor('http://127.0.0.1:1/'),
      environment: { SSE_PROXY_PORT: String(taken.port) },
    })
    expect(await second.exited).toBe(3)
  })

  it('the sse-proxy program exits with 3 if its port is in use', async () => {
    await using taken = await startBackEnd()
    await using proxy = spawnProxy(['server', 'FILE'], { file: fileFor(taken.uri, taken.port) })
    expect(await proxy.exited).toBe(3)
    expect(proxy.stdout).toBe('')
    expect(proxy.stderr).toMatch(/cannot listen on 127\.0\.0\.1:\d+: the port is in use/)
  })

  it('the sse-proxy program serves clients while a back end is down', async () => {
    await using gone = await startBackEnd()
    await gone[Symbol.asyncDispose]()
    await using proxy = spawnProxy(['server', 'FILE'], { file: fileFor(gone.uri) })
    const port = await proxy.port()
    await eventually('the log has the refused connection', () =>
      proxy.stderr.includes('ECONNREFUSED'),
    )
    await using client = await RawClient.get({ port })
    expect(client.head).toMatch(/200 OK/)
  })

  it('the sse-proxy program exits with 2 on a file with mistakes and lists all of them', async () => {
    await using bad = spawnProxy(['server', 'FILE'], { file: 'backends: []\nsevrer: {}\n' })
    expect(await bad.exited).toBe(2)
    expect(bad.stderr).toMatch(
      /proxy\.yaml has 2 mistakes:\n.*:1:11 .*\n.*:2:1 .*did you mean server\?/,
    )
  })

  it('the sse-proxy program exits with 2 on an unknown command and suggests a known one', async () => {
    await using usage = spawnProxy(['serve', 'a'])
    expect(await usage.exited).toBe(2)
    expect(usage.stderr).toBe(
      "unknown command 'serve'\n(Did you mean server?)\nsee sse-proxy --help\n",
    )
  })

  it('the sse-proxy program checks a file and exits with 0', async () => {
    await using proxy = spawnProxy(['check', 'FILE'], { file: fileFor('http://a/') })
    expect(await proxy.exited).toBe(0)
    expect(proxy.stdout).toMatch(/configuration is OK\n$/)
  })

  it('the sse-proxy program prints the version of the package', async () => {
    await using proxy = spawnProxy(['--version'])
    expect(await proxy.exited).toBe(0)
    expect(proxy.stdout).toBe(`${VERSION}\n`)
  })

  it('the sse-proxy program prints flags and variables with --help', async () => {
    await using proxy = spawnProxy(['server', '--help'])
    expect(await proxy.exited).toBe(0)
    expect(proxy.stdout).toMatch(
      /server \[options\] <file>[^]*--admin-port <port>[^]*SSE_PROXY_ADMIN_PORT/,
    )
  })
})
