import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { z } from 'zod'

import { LoadError } from '../../errors.ts'
import { startServing } from './peer.ts'

export interface BridgeOptions {
  readonly hub: 'nchan' | 'pushpin' | 'mercure' | 'centrifugo'
  /** URL at which the hub accepts events. */
  readonly publishUrl: string
  /** Port of the bridge, which answers Pushpin's requests for clients. */
  readonly port: number
  /** Added to the environment of the bridge. */
  readonly variables?: Readonly<Record<string, string>>
  /** Further flags of the bridge. */
  readonly flags?: readonly string[]
  readonly originUrl: string
  readonly scratchDir: string
  readonly signal: AbortSignal
}

const BRIDGE = fileURLToPath(new URL('../../../conformance/field/bridge/main.ts', import.meta.url))
const CONNECT_TIMEOUT_MS = 60_000
const POLL_MS = 50
const clients = z.object({ clients: z.array(z.unknown()) })

/**
 * Starts the bridge of the conformance suite: a hub opens no stream itself, so a program reads the
 * back end's and publishes each event. Its time counts as the hub's, because users of the hub need
 * a bridge as well.
 */
export async function startBridge(options: BridgeOptions): Promise<AsyncDisposable> {
  const { hub, publishUrl, port, flags = [], variables, originUrl, scratchDir, signal } = options
  const backEnds = JSON.stringify([{ uri: originUrl }])
  const given = ['--port', String(port), '--back-ends', backEnds, `--${hub}`, publishUrl, ...flags]
  const bridge = await startServing({
    name: `bridge to ${hub}`,
    command: process.execPath,
    args: ['--import', 'tsx', BRIDGE, ...given],
    ...(variables && { variables }),
    port,
    install: 'it is part of this repository',
    signal,
    scratchDir,
    logName: 'bridge',
  })
  try {
    await waitForStream(originUrl, signal)
    return bridge
  } catch (error) {
    await bridge[Symbol.asyncDispose]()
    throw error
  }
}

async function waitForStream(originUrl: string, signal: AbortSignal): Promise<void> {
  const deadlineMs = Date.now() + CONNECT_TIMEOUT_MS
  while (Date.now() < deadlineMs) {
    const response = await fetch(`${originUrl}/__mock/clients`, { signal })
    if (clients.parse(await response.json()).clients.length > 0) return
    await pause(POLL_MS, undefined, { signal })
  }
  throw new LoadError('cannot-start', `the bridge did not connect to ${originUrl}`)
}
