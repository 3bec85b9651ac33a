import { copyFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'

import { afterAll, beforeAll, expect, it } from 'vitest'

import type { Config } from '../config/config.ts'
import { parseConfig, type ParsedFile, parseFile } from '../config/read-config.ts'
import { createLogger } from '../logger.ts'
import { Reload } from '../reload.ts'
import { startProxy } from '../start.ts'
import { type Certificate, createCertificate } from '../testing/certificate.ts'
import { CountingGuard } from '../testing/counting-guard.ts'
import { eventually } from '../testing/deadline.ts'
import { RawClient } from '../testing/raw-client.ts'
import { type ScriptedBackEnd, startBackEnd } from '../testing/scripted-back-end.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { Certificates } from './certificates.ts'

let first: Certificate
let second: Certificate
let backEnd: ScriptedBackEnd
const folder = temporaryFolder('certificates-')
const keyStorePath = join(folder.path, 'cert.pem')
const keyPath = join(folder.path, 'key.pem')

beforeAll(async () => {
  first = createCertificate('IP:127.0.0.1')
  second = createCertificate('IP:127.0.0.1')
  backEnd = await startBackEnd()
})
afterAll(async () => {
  for (const resource of [folder, first, second, backEnd]) await resource[Symbol.asyncDispose]()
})

function install(certificate: Certificate): void {
  copyFileSync(certificate.keyPath, keyPath)
  copyFileSync(certificate.path, keyStorePath)
}

function configWith(certificateCheckMs: number): Config {
  install(first)
  const https = { type: 'https', port: 0, keyStorePath, keyPath }
  const file = {
    server: { applicationConnectors: [https], adminConnectors: [https] },
    backends: [{ uri: backEnd.uri }],
    proxy: { certificateCheckMs },
  }
  return parseConfig(JSON.stringify(file), 'file.yaml', {})
}

function fileWith({ path, keyPath: key }: Certificate): ParsedFile {
  const https = { type: 'https', port: 0, keyStorePath: path, keyPath: key }
  const file = {
    server: { applicationConnectors: [https], adminConnectors: [https] },
    backends: [{ uri: backEnd.uri }],
  }
  return parseFile(JSON.stringify(file), 'file.yaml', {})
}

async function start(certificateCheckMs: number) {
  const config = configWith(certificateCheckMs)
  const proxy = await startProxy(config, createLogger('silent'), [])
  return {
    port: Number(new URL(proxy.url).port),
    adminPort: Number(new URL(proxy.adminUrl).port),
    replaceCertificates: proxy.replaceCertificates,
    [Symbol.asyncDispose]: proxy.close,
  }
}

/** Fingerprint of the certificate that a new connection gets. */
async function presented(port: number): Promise<string> {
  await using client = await RawClient.dial(port, { rejectUnauthorized: false })
  const { socket } = client
  if (!(socket instanceof TLSSocket)) throw new Error('expected TLS')
  return socket.getPeerCertificate().raw.toString('base64')
}

const bytesOf = ({ cert }: Certificate): string =>
  cert.replace(/-----[A-Z ]+-----/g, '').replaceAll('\n', '')

it('replaceCertificates gives new connections the new certificate and keeps open streams', async () => {
  await using proxy = await start(0)
  await using client = await RawClient.get({
    port: proxy.port,
    tls: { ca: first.cert, host: '127.0.0.1' },
  })
  install(second)
  expect(await presented(proxy.port)).toBe(bytesOf(first))
  expect(proxy.replaceCertificates()).toBe(true)
  expect(await presented(proxy.port)).toBe(bytesOf(second))
  expect(await presented(proxy.adminPort)).toBe(bytesOf(second))
  await backEnd.requested(1)
  await eventually('the open stream gets an event', () => {
    backEnd.send('data: still open\n\n')
    return client.data.includes('still open')
  })
})

it('a reload gives new connections the certificate of another file', async () => {
  const running = fileWith(first)
  const lines: string[] = []
  const logger = createLogger('info', (line) => void lines.push(line))
  const proxy = await startProxy(running.config, logger, [])
  const reload = new Reload({ proxy, read: () => fileWith(second), running, logger })
  reload.run()
  for (const url of [proxy.url, proxy.adminUrl])
    expect(await presented(Number(new URL(url).port))).toBe(bytesOf(second))
  await proxy.close()
  expect(lines.join('')).toContain(
    'configuration reloaded: server.applicationConnectors[0].keyStorePath',
  )
  expect(lines.join('')).not.toContain('needs a restart')
})

it('replaceCertificates keeps the certificate when a file cannot be used', async () => {
  await using proxy = await start(0)
  writeFileSync(keyPath, 'garbage')
  expect(proxy.replaceCertificates()).toBe(false)
  expect(await presented(proxy.port)).toBe(bytesOf(first))
})

it('a certificate whose file changes is replaced after certificateCheckMs, once its key fits', async () => {
  await using proxy = await start(50)
  copyFileSync(second.path, keyStorePath)
  expect(await presented(proxy.port)).toBe(bytesOf(first))
  copyFileSync(second.keyPath, keyPath)
  const shown = await eventually('the new one is presented', async () => {
    const bytes = await presented(proxy.port)
    return bytes === bytesOf(second) && bytes
  })
  expect(shown).toBe(bytesOf(second))
})

it('Certificates replaces a certificate once per change of its file, and then has the new one', async () => {
  const guard = new CountingGuard()
  let replaced = 0
  const certificates = new Certificates({
    ...configWith(0),
    checkMs: 1,
    onReplaced: () => (replaced += 1),
    guard,
    logger: createLogger('silent'),
  })
  install(second)
  // A file system may have the same time for both files.
  utimesSync(keyStorePath, 1, 1)
  await eventually('the certificate is replaced', () => replaced > 0)
  const before = replaced
  await guard.ranAgain()
  certificates.close()
  expect(replaced).toBe(before)
  const shown = certificates.connectors.map(({ tls }) => tls?.context.cert)
  expect(shown).toEqual([second.cert, second.cert])
})
