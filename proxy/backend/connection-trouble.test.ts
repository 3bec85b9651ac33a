import { once } from 'node:events'
import { connect, type LookupFunction } from 'node:net'
import { TLSSocket } from 'node:tls'

import { describe, expect, it } from 'vitest'

import { createCertificate } from '../testing/certificate.ts'
import { eventually } from '../testing/deadline.ts'
import { healthOf } from '../testing/health.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { connectionTrouble } from './trouble.ts'

const quick = { reconnectFirstMs: 50, reconnectCapMs: 50, reconnectJitter: 0 }

const twoAddresses: LookupFunction = (_name, _options, callback) => {
  callback(null, [
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 },
  ])
}

/** A port without a listener. */
async function freePort(): Promise<number> {
  const gone = await startBackEnd()
  await gone[Symbol.asyncDispose]()
  return gone.port
}

describe('a name with several addresses that all refuse', () => {
  it('connectionTrouble lists the reason of each address of a name', async () => {
    const port = await freePort()
    const socket = connect({
      host: 'several.example.org',
      port,
      lookup: twoAddresses,
      autoSelectFamily: true,
    })
    const [error]: unknown[] = await once(socket, 'error').catch((reason: unknown) => [reason])
    if (!(error instanceof AggregateError)) throw new Error('expected one error for both')
    const { message, code } = connectionTrouble(error)
    expect(code).toBe('back-end-lost')
    expect(message).toBe(
      `connect ECONNREFUSED 127.0.0.1:${port}; connect ECONNREFUSED 127.0.0.2:${port}`,
    )
  })

  it('connectionTrouble returns a bounded message for any number of reasons, and never an empty one', () => {
    const many = Array.from({ length: 100 }, (_, n) => new Error(`reason ${n}`))
    expect(connectionTrouble(new AggregateError(many)).message.length).toBeLessThanOrEqual(500)
    expect(connectionTrouble(new AggregateError([])).message).toBe('AggregateError')
  })
})

describe('a back end that refuses connections', () => {
  it('the proxy logs one warning for any number of refused attempts', async () => {
    const uri = `http://localhost:${await freePort()}/`
    const file = proxyFile({
      backEnds: [uri],
      settings: { backEnd: quick },
      blocks: { logging: { level: 'DEBUG' } },
    })
    await using proxy = spawnProxy(['server', 'FILE'], { file })
    const attempts = await eventually('it was tried five times', () => {
      const lines = proxy.stderr.split('\n').filter((line) => line.includes('ECONNREFUSED'))
      return lines.length >= 5 && lines
    })
    const levels = attempts.map((line) => /"level":(\d+)/.exec(line)?.[1])
    expect(levels.slice(0, 5)).toEqual(['40', '20', '20', '20', '20'])
  })
})

describe('a back end behind TLS', () => {
  it.each(['localhost', '127.0.0.1'])(
    'BackEnd checks the certificate for the host of the URL, %s, and ignores a configured Host field',
    async (host) => {
      await using certificate = createCertificate('DNS:localhost', 'IP:127.0.0.1')
      const names: unknown[] = []
      await using backEnd = await startBackEnd({
        tls: certificate,
        onConnection: (socket) => {
          if (socket instanceof TLSSocket) names.push(socket.servername)
        },
      })
      const backends = [
        {
          uri: `https://${host}:${backEnd.port}/sse`,
          httpHeaders: { Host: 'newsroom.example.org' },
        },
      ]
      await using proxy = spawnProxy(['server', 'FILE'], {
        file: proxyFile({ backEnds: [], blocks: { backends }, settings: { backEnd: quick } }),
        environment: { NODE_EXTRA_CA_CERTS: certificate.path },
      })
      const adminPort = await proxy.adminPort()
      await eventually('the back end is connected', async () => {
        const { status, message } = await healthOf(adminPort)
        if (/altnames|certificate/.test(message)) throw new Error(message)
        return status === 200
      })
      expect(backEnd.requests[0]).toMatch(/^Host: newsroom\.example\.org\r$/m)
      expect(names).toEqual([host === 'localhost' ? 'localhost' : false])
    },
  )

  it('BackEnd refuses a certificate of another name, and the health check names the reason', async () => {
    await using certificate = createCertificate('DNS:newsroom.example.org')
    await using backEnd = await startBackEnd({ tls: certificate })
    const uri = `https://localhost:${backEnd.port}/sse`
    await using proxy = spawnProxy(['server', 'FILE'], {
      file: proxyFile({
        backEnds: [],
        blocks: { backends: [{ uri, httpHeaders: { Host: 'newsroom.example.org' } }] },
      }),
      environment: { NODE_EXTRA_CA_CERTS: certificate.path },
    })
    const adminPort = await proxy.adminPort()
    await eventually('health names the mismatch', async () =>
      /altnames/.test((await healthOf(adminPort)).message),
    )
    expect(backEnd.requests).toEqual([])
  })
})
