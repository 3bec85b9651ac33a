import { createServer, type RequestListener } from 'node:http'

import { describe, expect, it } from 'vitest'

import { probeListener, probeLogin, probeMetrics, probeStore, probeTarget } from './probe.ts'

const signal = new AbortController().signal

describe('probes of user servers', () => {
  it('probeTarget accepts an event stream and probeStore a store', async () => {
    await using server = await serve((request, response) => {
      const type = request.url === '/__mock/info' ? 'application/json' : 'Text/Event-Stream;a=b'
      response.writeHead(200, { 'Content-Type': type })
      response.flushHeaders()
    })
    await expect(probeStore(server.url, signal)).resolves.toBeUndefined()
    await expect(probeTarget(`${server.url}/stream`, signal)).resolves.toBeUndefined()
  })

  it.each([
    [404, 'text/event-stream', 'answers 404'],
    [200, 'text/html', 'answers 200 with text/html'],
    [200, 'text/event-streams', 'answers 200 with text/event-streams'],
  ])('probeTarget refuses a target that answers %i with %s', async (status, type, complaint) => {
    await using server = await serve((_request, response) => {
      response.writeHead(status, { 'Content-Type': type }).end()
    })
    await expect(probeTarget(server.url, signal)).rejects.toThrow(complaint)
  })

  it('probeStore refuses a store without the control API', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(404).end()
    })
    await expect(probeStore(server.url, signal)).rejects.toThrow(
      'must be the URL of a Mock Content Store',
    )
  })

  it('probeStore and probeTarget name the server that does not answer', async () => {
    const { url } = await serve(() => {}).then(async (server) => {
      await server[Symbol.asyncDispose]()
      return server
    })
    await expect(probeStore(url, signal)).rejects.toThrow(/the store does not answer.*ECONNREFUSED/)
    await expect(probeTarget(url, signal)).rejects.toThrow(/the target does not answer.*--target/)
    await expect(probeListener(url, signal)).rejects.toThrow(
      /the target does not answer.*--target.*ECONNREFUSED/,
    )
  })

  it.each([401, 403])('probeLogin names the login when the store answers %i', async (status) => {
    await using server = await serve((_request, response) => {
      response.writeHead(status).end()
    })
    const probing = probeLogin(server.url, 'qa:secret', signal)
    await expect(probing).rejects.toThrow(/answers 40[13]: the login is wrong.*LOAD_LOGIN/)
    await expect(probing).rejects.not.toThrow('secret')
  })

  it('probeLogin accepts a store that knows the login', async () => {
    await using server = await serve((request, response) => {
      const expected = `Basic ${Buffer.from('qa:se:cret').toString('base64')}`
      response.writeHead(request.headers.authorization === expected ? 200 : 401).end()
    })
    await expect(probeLogin(server.url, 'qa:se:cret', signal)).resolves.toBeUndefined()
  })

  it('probeMetrics accepts a page with the metric', async () => {
    await using server = await serve((_request, response) => {
      response.end('streams{a="1"} 3\n')
    })
    await expect(probeMetrics(server.url, 'streams', signal)).resolves.toBeUndefined()
  })

  it.each(['streams_all 3\n', ''])('probeMetrics refuses the page %j', async (page) => {
    await using server = await serve((_request, response) => {
      response.end(page)
    })
    await expect(probeMetrics(server.url, 'streams', signal)).rejects.toThrow(
      'answers 200 without the metric streams',
    )
  })

  it('probes give up after 3.5 seconds when a server never finishes its response', async () => {
    await using silent = await serve(() => {})
    await using endless = await serve((_request, response) => {
      response.writeHead(200).write('# HELP\n')
    })
    const late = 'no response within 3.5 s'
    await Promise.all([
      expect(probeStore(silent.url, signal)).rejects.toThrow(late),
      expect(probeLogin(silent.url, 'a:b', signal)).rejects.toThrow(late),
      expect(probeTarget(silent.url, signal)).rejects.toThrow(late),
      expect(probeMetrics(endless.url, 'streams', signal)).rejects.toThrow(late),
    ])
  })

  it('probeListener accepts a server that sends no response', async () => {
    await using server = await serve(() => {})
    await expect(probeListener(server.url, signal)).resolves.toBeUndefined()
  })
})

async function serve(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
