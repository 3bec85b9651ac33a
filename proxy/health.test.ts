import { once } from 'node:events'
import { createServer, type Server } from 'node:http'

import { describe, expect, it } from 'vitest'

import { spawnProxy } from './testing/spawn-proxy.ts'

/** Nothing listens there: the back end is never connected. */
const FILE = `
server:
  applicationConnectors: [{type: http, port: 0}]
  adminConnectors: [{type: http, port: 0}]
backends: [{uri: "http://127.0.0.1:9/sse"}]
`

async function health(...args: readonly string[]) {
  await using program = spawnProxy(['health', ...args])
  const code = await program.exited
  return { code, stdout: program.stdout, stderr: program.stderr }
}

/** [fetch §2.9] Blocked ports that need no privilege. */
const PORTS_REFUSED_BY_FETCH = [10080, 6566, 6665, 6666, 6667, 6668, 6669, 6697]

/** Listens at the first of these ports that is free. */
async function firstFreePort(server: Server, ports: readonly number[]): Promise<number> {
  for (const port of ports) {
    server.listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (isFree) return port
  }
  throw new Error(`none of these ports is free: ${ports.join(', ')}`)
}

describe('sse-proxy health', () => {
  it('sse-proxy health exits with 0 for a proxy that runs, and with 1 and the reason for one that is not ready', async () => {
    await using proxy = spawnProxy(['server', 'FILE'], { file: FILE })
    const url = `http://127.0.0.1:${await proxy.adminPort()}`
    expect(await health(url)).toEqual({ code: 0, stdout: 'healthy\n', stderr: '' })
    expect(await health(url, '--ready')).toEqual({
      code: 1,
      stdout: '',
      stderr: `${url}/healthcheck: expected 200, got 500\n`,
    })
  })

  it('sse-proxy health asks a port that fetch refuses', async () => {
    const server = createServer((_request, response) => response.end('pong'))
    const port = await firstFreePort(server, PORTS_REFUSED_BY_FETCH)
    try {
      expect(await health(`http://127.0.0.1:${port}`)).toMatchObject({ code: 0, stderr: '' })
    } finally {
      server.close()
    }
  })

  it('sse-proxy health names the reason when a host with several addresses refuses', async () => {
    const { code, stderr } = await health('http://localhost:9')
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('ECONNREFUSED') })
  })

  it('sse-proxy health exits with 1 within seconds when nothing answers', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    try {
      const { code, stderr } = await health(`http://127.0.0.1:${port}`)
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('no answer') })
    } finally {
      silent.closeAllConnections()
      silent.close()
    }
    const { code, stderr } = await health('http://127.0.0.1:9')
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('no answer') })
  })
})
