import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { stringify } from 'yaml'
import { z } from 'zod'

import { LoadError } from '../errors.ts'
import { NO_STORE } from '../lib/settings/settings.ts'
import { type Server, startServer } from '../process/server.ts'
import { probeListener, probeLogin, probeMetrics, probeStore, probeTarget } from './probe.ts'

/** The servers that a scenario runs against. Disposal stops the servers that it started. */
export interface Environment extends AsyncDisposable {
  /** URLs of streams; clients are distributed over them. */
  readonly targets: readonly string[]
  /** Base URL of the store, as this machine reaches it; `none` = that of the user is not used. */
  readonly store: string
  /** Metrics pages in the Prometheus format, of the started proxies that have clients. */
  readonly metrics: readonly string[]
  /** Base URL of the long-poll server, if the scenario needs it. */
  readonly longPoll: string | undefined
  /** The servers that were started. */
  readonly servers: readonly Server[]
  /** Directory for files of this run; removed at the end. */
  readonly scratchDir: string
}

export interface EnvironmentOptions {
  /** Streams of proxies that the user has started; undefined = our proxies are started. */
  readonly targets: readonly string[] | undefined
  /** Number of our proxies. Several get a parent, the only one that connects to the store. */
  readonly proxies: number
  /** Script that our proxies are started from; default: the source of this repository. */
  readonly proxyScript?: string | undefined
  /** Processes that share the clients of one of our proxies. */
  readonly workers: number
  /** Keys of the connector of our proxy for clients, such as those of TLS. */
  readonly connector?: Readonly<Record<string, string>> | undefined
  /** Added to the environment of our proxies. */
  readonly proxyVariables?: Readonly<Record<string, string>> | undefined
  /** `origin`: the back end that numbers its events, instead of a store. `none`: the user's. */
  readonly backEnd: 'store' | 'origin' | 'none'
  /** Whether a long-poll server is started in front of the store. */
  readonly startsLongPoll: boolean
  /** A store that the user has started; undefined = our store is started. */
  readonly store: string | undefined
  /** IPv4 address and port of our store; 0 = any free port. */
  readonly storeHost: string
  readonly storePort: number
  /** URL of our store as the user's proxy reaches it; default: its address. */
  readonly publicUrl?: string | undefined
  /** Further host names for the control API of our store. */
  readonly allowHost?: string | undefined
  /** Pages with the metric `clientsGauge` that the user has named. */
  readonly metrics?: readonly string[] | undefined
  readonly clientsGauge?: string | undefined
  /** `user:password` for our store. */
  readonly login: string
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROXY = join(ROOT, 'proxy/main.ts')
const STREAM_PATH = '/webservice/escenic/changelog/sse'
/** How long a user has to configure a proxy for our store. */
const CONFIGURE_TIMEOUT_MS = 60_000
const POLL_MS = 200
const ANY_ADDRESS = '0.0.0.0'
const clients = z.object({ clients: z.array(z.unknown()) })

/** Starts a store and a proxy in front of it, except those that the user has started. */
export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const scratchDir = await mkdtemp(join(tmpdir(), 'load-'))
  const servers: Server[] = []
  const dispose = async () => {
    for (const server of servers.toReversed()) await server[Symbol.asyncDispose]()
    await rm(scratchDir, { recursive: true, force: true })
  }
  try {
    const start = async (starting: Promise<Server>, host = '127.0.0.1') => {
      const server = await starting
      servers.push(server)
      return `http://${host}:${server.ports[0]}`
    }
    await probeGiven(options)
    const startBackEnd = options.backEnd === 'store' ? startStore : startOrigin
    const localHost = options.storeHost === ANY_ADDRESS ? '127.0.0.1' : options.storeHost
    const given = options.backEnd === 'none' ? NO_STORE : options.store
    const store = given ?? (await start(startBackEnd(options, scratchDir), localHost))
    if (given === undefined && options.targets !== undefined) {
      await waitForProxy(options, store)
    }

    const targets: string[] = []
    const metrics: string[] = []
    if (options.targets !== undefined) {
      await Promise.all(options.targets.map((target) => probeTarget(target, options.signal)))
      targets.push(...options.targets)
    } else {
      const proxy = (name: string, backEnd: string) =>
        start(startProxy(options, name, backEnd, scratchDir))
      let backEnd = `${store}${STREAM_PATH}`
      if (options.proxies > 1) backEnd = `${await proxy('parent proxy', backEnd)}/`
      for (let number = 1; number <= options.proxies; number++) {
        const url = `${await proxy(`proxy ${number}`, backEnd)}/`
        const isSecure = ['https', 'h2'].includes(options.connector?.['type'] ?? 'http')
        targets.push(isSecure ? url.replace(/^http(?=:)/, 'https') : url)
        metrics.push(`http://127.0.0.1:${servers.at(-1)?.ports[1]}/metrics/prometheus`)
      }
    }
    const longPoll = options.startsLongPoll
      ? await start(startLongPoll(options, store, scratchDir))
      : undefined
    return {
      targets,
      store,
      metrics,
      longPoll,
      servers,
      scratchDir,
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** All servers that the user has named, at once: a wrong one is reported within seconds. */
async function probeGiven(options: EnvironmentOptions): Promise<void> {
  const { targets = [], store, backEnd, login, metrics = [], clientsGauge = '', signal } = options
  const probeOfStore = async (url: string) => {
    await probeStore(url, signal)
    if (backEnd === 'store') await probeLogin(url, login, signal)
  }
  await Promise.all([
    ...(store === undefined ? [] : [probeOfStore(store)]),
    ...targets.map((target) => probeListener(target, signal)),
    ...metrics.map((url) => probeMetrics(url, clientsGauge, signal)),
  ])
}

function startStore(
  { storeHost, storePort, publicUrl, allowHost, login, signal }: EnvironmentOptions,
  scratchDir: string,
): Promise<Server> {
  const portFile = join(scratchDir, 'store.port')
  const address = ['--host', storeHost, '--port', String(storePort)]
  const names = [
    ...(publicUrl === undefined ? [] : ['--public-url', publicUrl]),
    ...(allowHost === undefined ? [] : ['--allow-host', allowHost]),
  ]
  const args = [join(ROOT, 'mock-server/main.ts'), ...address, ...names, '--port-file', portFile]
  // Every user of the machine can read a command line.
  return startServer({ name: 'store', args, variables: { MCS_LOGIN: login }, portFile, signal })
}

function startOrigin(
  { storeHost, storePort, signal }: EnvironmentOptions,
  scratchDir: string,
): Promise<Server> {
  const portFile = join(scratchDir, 'origin.port')
  const args = [
    join(ROOT, 'load/origin/main.ts'),
    '--host',
    storeHost,
    '--port',
    String(storePort),
    '--port-file',
    portFile,
  ]
  return startServer({ name: 'origin', args, portFile, signal })
}

function startLongPoll(
  { login, signal }: EnvironmentOptions,
  store: string,
  scratchDir: string,
): Promise<Server> {
  const portFile = join(scratchDir, 'long-poll.port')
  const flags = ['--store', store, '--port-file', portFile]
  const args = [join(ROOT, 'load/long-poll/main.ts'), ...flags]
  const variables = { LONG_POLL_LOGIN: login }
  return startServer({ name: 'long-poll server', args, variables, portFile, signal })
}

async function startProxy(
  { login, workers, connector, proxyVariables, proxyScript = PROXY, signal }: EnvironmentOptions,
  name: string,
  backEnd: string,
  scratchDir: string,
): Promise<Server> {
  const portFile = join(scratchDir, `${name}.port`)
  const configFile = join(scratchDir, `${name}.yaml`)
  const [username, password] = splitLogin(login)
  const config = {
    server: {
      applicationConnectors: [{ type: 'http', port: 0, ...connector }],
      adminConnectors: [{ type: 'http', port: 0 }],
    },
    backends: [{ uri: backEnd, credentials: { username, password } }],
    ...(workers > 1 && { proxy: { workers } }),
  }
  await writeFile(configFile, stringify(config), { mode: 0o600 })
  const args = [proxyScript, 'server', configFile, '--port-file', portFile]
  return startServer({ name, args, variables: proxyVariables, portFile, signal })
}

/**
 * Prints the back end to configure in the user's proxy, and waits until that proxy is connected to
 * the store.
 */
async function waitForProxy(
  { publicUrl, login, signal, log }: EnvironmentOptions,
  store: string,
): Promise<void> {
  const [user] = splitLogin(login)
  const backEnd = `${publicUrl ?? store}${STREAM_PATH}`
  log(`back end to configure in your proxy: ${backEnd} (login ${user})`)
  const deadlineMs = Date.now() + CONFIGURE_TIMEOUT_MS
  while (Date.now() < deadlineMs) {
    const response = await fetch(`${store}/__mock/clients`, { signal })
    if (clients.parse(await response.json()).clients.length > 0) return
    await pause(POLL_MS, undefined, { signal })
  }
  throw new LoadError(
    'timeout',
    `no proxy connected to ${backEnd} within ${CONFIGURE_TIMEOUT_MS / 1000} s: ` +
      'configure that back end, or name the store that it is connected to with --store',
  )
}

function splitLogin(login: string): readonly [user: string, password: string] {
  const colon = login.indexOf(':')
  return [login.slice(0, colon), login.slice(colon + 1)]
}
