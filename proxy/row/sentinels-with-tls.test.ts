import { describe, expect, it } from 'vitest'

import { type Certificate, createCertificate } from '../testing/certificate.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'
import { RunningSentinels } from '../testing/run-sentinels.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { reportOnEngine } from './engine-report.ts'
import type { Sentinels } from './redis-target.ts'

const HERE = 'IP:127.0.0.1'
const HINT = ': name its authority in proxy.engine.tls.trustStorePath or in NODE_EXTRA_CA_CERTS'

/** How the proxy connects if it trusts only this certificate. */
const trusting = ({ cert }: Certificate) => ({ ca: [cert], verifiesHost: true })

/** Runs `check --connect` with this block `tls`. */
async function check({ addresses }: RunningSentinels, tls: object) {
  const sentinels = {
    addresses: addresses.map(({ host, port }) => `${host}:${port}`),
    primary: 'main',
  }
  await using program = spawnProxy(['check', '--connect', 'FILE'], {
    file: proxyFile({
      backEnds: ['http://127.0.0.1:1/'],
      settings: { engine: { name: 'newsroom', sentinels, tls } },
    }),
  })
  const code = await program.exited
  return { code, stdout: program.stdout, stderr: program.stderr }
}

describe.skipIf(!hasRedis)(
  'Redis Sentinels with TLS (need Redis 7: apt-get install redis-server)',
  () => {
    it('sentinels and Redis are asked by TLS, and a failure says which certificate is not trusted', async () => {
      await using certificate = createCertificate(HERE)
      await using other = createCertificate(HERE)
      await using redis = await RunningRedis.start({}, certificate)
      const given = { count: 1, primary: redis, replicas: 0 }
      await using running = await RunningSentinels.start({ ...given, certificate })
      const [at] = running.addresses
      const sentinels: Sentinels = { addresses: running.addresses, primary: 'main' }
      const fact = `1 of 1 sentinels name 127.0.0.1:${redis.port} as the primary`
      const report = await reportOnEngine({ sentinels, tls: trusting(certificate) })
      expect(report.facts[1]).toBe(fact)
      expect(report.warnings).toEqual([])

      const right = await check(running, { trustStorePath: certificate.path })
      expect(right.code).toBe(0)
      expect(right.stdout).toContain(`proxy.engine: ${fact}\n`)
      const wrong = await check(running, { trustStorePath: other.path })
      expect(wrong.code).toBe(1)
      const untrusted = `127.0.0.1:${at?.port}: self-signed certificate${HINT}`
      expect(wrong.stderr).toContain(`proxy.engine: no sentinel knows the primary: ${untrusted}\n`)
      // The authorities of Node do not know it either.
      await expect(reportOnEngine({ sentinels, tls: { verifiesHost: true } })).rejects.toThrow(
        untrusted,
      )

      // Redis has another authority than its sentinels.
      await using strange = await RunningSentinels.start({ ...given, certificate: other })
      const two = { addresses: strange.addresses, primary: 'main' }
      const ca = [certificate.cert, other.cert]
      expect(
        (await reportOnEngine({ sentinels: two, tls: { ca, verifiesHost: true } })).facts[1],
      ).toBe(fact)
      await expect(reportOnEngine({ sentinels: two, tls: trusting(other) })).rejects.toThrow(
        /: the primary "main" of the sentinels .* cannot be used: self-signed certificate: name its/,
      )
    })

    it('the certificate must be valid for the addresses of sentinels, unless verifyHostname is false', async () => {
      await using certificate = createCertificate('DNS:redis.internal')
      await using redis = await RunningRedis.start({}, certificate)
      await using running = await RunningSentinels.start({
        count: 1,
        primary: redis,
        replicas: 0,
        certificate,
      })
      const sentinels = { addresses: running.addresses, primary: 'main' }
      const tls = trusting(certificate)
      const report = await reportOnEngine({ sentinels, tls: { ...tls, verifiesHost: false } })
      expect(report.facts[1]).toMatch(/^1 of 1 sentinels/)
      await expect(reportOnEngine({ sentinels, tls })).rejects.toThrow(
        /no sentinel knows the primary: .* does not match certificate's altnames/,
      )
    })

    it('the proxy presents its certificate to sentinels and to Redis that ask for one', async () => {
      await using certificate = createCertificate(HERE)
      const settings = { 'tls-auth-clients': 'yes' }
      await using redis = await RunningRedis.start(settings, certificate)
      const given = { count: 1, primary: redis, replicas: 0, certificate }
      await using running = await RunningSentinels.start({ ...given, settings })
      const trust = { trustStorePath: certificate.path }
      const key = { keyStorePath: certificate.path, keyPath: certificate.keyPath }
      const right = await check(running, { ...trust, ...key })
      expect(right.stderr).toBe('')
      expect(right.code).toBe(0)
      const wrong = await check(running, trust)
      expect(wrong.code).toBe(1)
      // The reason depends on whether the alert or the end of the connection comes first.
      expect(wrong.stderr).toContain(`no sentinel knows the primary: 127.0.0.1:`)
    })
  },
)
