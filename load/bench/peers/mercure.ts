import { createHmac } from 'node:crypto'
import { join } from 'node:path'

import { startBridge } from './bridge.ts'
import { createCertificate } from './certificate.ts'
import { builtGoProgram } from './go-program.ts'
import {
  type Contestant,
  flags,
  freePorts,
  type Peer,
  type PeerOptions,
  startServing,
} from './peer.ts'
import { type Scheme, SUFFIXES, transportOf } from './scheme.ts'

const PROGRAM = { path: 'github.com/dunglas/mercure/cmd/mercure', version: 'v0.20.0' }
/** Key for the hub that this file starts. */
const KEY = 'a-key-of-32-bytes-for-one-bench.'

/**
 * Mercure, a hub: its standalone server with the Bolt transport, because the in-memory transport
 * has no history for a replay.
 */
export const mercure = mercureBy('http')

/** The same, with TLS, where it speaks HTTP/1.1 and HTTP/2. */
export function mercureBy(scheme: Scheme): Contestant {
  return {
    name: `Mercure${SUFFIXES[scheme]}`,
    source: 'events are posted',
    version: () => Promise.resolve(`${PROGRAM.path} ${PROGRAM.version}`),
    start: async (options) => await startMercure(scheme, options),
  }
}

async function startMercure(
  scheme: Scheme,
  { originUrl, scratchDir, signal }: PeerOptions,
): Promise<Peer> {
  const files = scheme === 'http' ? undefined : await createCertificate(scratchDir, signal)
  const tls =
    files === undefined ? [] : ['--cert-file', files.keyStorePath, '--key-file', files.keyPath]
  const command = await builtGoProgram(PROGRAM, signal)
  const [port = 0, bridgePort = 0] = await freePorts(2)
  const hub = await startServing({
    name: 'Mercure',
    command,
    args: [
      ...tls,
      ...flags(
        `--addr 127.0.0.1:${port} --publisher-jwt-key ${KEY} --allow-anonymous`,
        `--transport-url bolt://${join(scratchDir, 'updates.db')}?size=1000`,
        '--read-timeout 0s --write-timeout 0s --heartbeat-interval 40s',
      ),
    ],
    port,
    install: 'its Go module is built',
    signal,
    scratchDir,
  })
  const url = `http${files === undefined ? '' : 's'}://127.0.0.1:${port}/.well-known/mercure`
  const bridge = await startBridge({
    hub: 'mercure',
    publishUrl: url,
    port: bridgePort,
    flags: ['--token', publisherToken()],
    ...(files && { variables: { NODE_EXTRA_CA_CERTS: files.keyStorePath } }),
    originUrl,
    scratchDir,
    signal,
  })
  return {
    urls: [`${url}?topic=changes`],
    transport: transportOf(scheme),
    pids: [hub.pid],
    async [Symbol.asyncDispose]() {
      await bridge[Symbol.asyncDispose]()
      await hub[Symbol.asyncDispose]()
    },
  }
}

/** A JSON Web Token that allows its bearer to publish anything. */
function publisherToken(): string {
  const signed = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded({ mercure: { publish: ['*'] } })}`
  return `${signed}.${createHmac('sha256', KEY).update(signed).digest('base64url')}`
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
