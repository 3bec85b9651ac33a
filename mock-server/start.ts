import type { Server } from 'node:http'
import { randomInt } from 'node:crypto'
import type { AddressInfo } from 'node:net'

import type { Seed } from './content/seed.ts'
import { demoSeed } from './content/seed.ts'
import { readSeedFile } from './seed-file/seed-file.ts'
import type { StoreControl } from './control/store-control.ts'
import { openDataDir } from './durability/data-dir.ts'
import type { SpaceFolders } from './durability/space-folders.ts'
import type { FaultListener } from './errors.ts'
import { MockServerError } from './errors.ts'
import { firstFaults } from './faults/first-faults.ts'
import { createHttpServer } from './http/http-server.ts'
import { StorePort } from './http/store-port.ts'
import type { Settings } from './knobs.ts'
import { isKnobName } from './knobs.ts'
import { readSettings } from './settings.ts'
import type { SpaceOptions } from './space.ts'
import { createSpace } from './space.ts'
import { Spaces } from './spaces/spaces.ts'

const MAX_SEED = 2_147_483_647
/** How long open requests may take to finish once the store closes. */
const CLOSE_GRACE_MS = 250

/** A setting that is an object or a list may also be the text of its flag: `clock: 'frozen'`. */
type Option<Value> = Value extends object ? Value | string : Value

/** All settings are optional, and so are the replacements for tests. */
export type MockContentStoreOptions = {
  readonly [Name in keyof Settings]?: Option<Settings[Name]> | undefined
} & {
  /** Content before the first change; default that of `seedFile`, or else the demo publication. */
  readonly seed?: Seed | undefined
  /** The clock behind the store's own, which `clock` sets; default the real one. */
  readonly now?: (() => Date) | undefined
  /** Called for each caught exception: a defect of the store. Default: not reported. */
  readonly onFault?: FaultListener | undefined
}

export interface MockContentStore extends AsyncDisposable {
  /** Scheme, host and real port, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Control of the default space. */
  readonly control: StoreControl
  /** The spaces beside it. A space's URL is `url + space.path`. */
  readonly spaces: Spaces
  /** Ends streams, then connections. Resolves once the port is free; may be called again. */
  close(): Promise<void>
}

/**
 * Starts a Mock Content Store; as a library, on a free port by default. Throws `bad-config` for
 * invalid options, `cannot-listen` when the port is taken, `cannot-write` and `bad-data` for a data
 * folder that cannot be used.
 */
export async function startMockContentStore(
  options: MockContentStoreOptions = {},
): Promise<MockContentStore> {
  const { seed, now, onFault = () => {}, ...rest } = options
  const settings = withRandomSeed(readOptions({ port: 0, ...rest }))
  const content = seed ?? seedOf(settings)
  const faults = firstFaults(settings)
  const dataDir =
    settings.dataDir === '' ? undefined : openDataDir(settings.dataDir, settings.fsync)
  let spaces: Spaces | undefined
  const release = (): void => {
    spaces?.release()
    dataDir?.release()
  }
  try {
    const port = new StorePort(onFault)
    const given = { settings, seed: content, faults, now, onFault }
    const main = { ...given, folder: dataDir?.main, port }
    spaces = createSpaces(main, dataDir?.spaces)
    prepare(spaces, settings)
    const server = createHttpServer(spaces.handle, onFault)
    port.watch(server)
    await listen(server, settings)
    return running({ server, spaces, settings, storePort: port, release })
  } catch (error) {
    release()
    throw error
  }
}

/** The default space, and those that an earlier run kept. */
function createSpaces(
  main: Omit<SpaceOptions, 'spaces'>,
  folders: SpaceFolders | undefined,
): Spaces {
  const { settings, seed } = main
  return new Spaces({
    publicUrl: settings.publicUrl,
    createDefault: (all) => createSpace({ ...main, spaces: all }),
    create: ({ hosts = [], sseEndpoint = '', seed: own = seed }, all, folder) => {
      const allowHost = [...settings.allowHost, ...hosts]
      // Another stream than its own would announce the changes of another space.
      const ofSpace = { ...settings, allowHost, sseEndpoint }
      return createSpace({
        ...main,
        settings: ofSpace,
        seed: own,
        folder,
        port: undefined,
        spaces: all,
      })
    },
    folders,
  })
}

/** Adds what the settings name and an earlier run did not keep. */
function prepare(spaces: Spaces, { space, restore }: Settings): void {
  const kept = new Set(spaces.list().map(({ name }) => name))
  for (const name of space) if (!kept.has(name)) spaces.create(name)
  if (restore !== '') spaces.control.snapshots.restoreFile(restore)
}

async function listen(server: Server, settings: Settings): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(settings, error)))
    server.listen(settings.port, settings.host, resolve)
  })
}

interface Running {
  readonly server: Server
  readonly spaces: Spaces
  readonly settings: Settings
  readonly storePort: StorePort
  /** Comes after the last request. */
  readonly release: () => void
}

function running({ server, spaces, settings, storePort, release }: Running): MockContentStore {
  // `listen` with a port and a host results in an address with a port.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { port } = server.address() as AddressInfo
  storePort.address = { host: settings.host, port }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= new Promise<void>((resolve) => {
      const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
      server.close(() => {
        clearTimeout(cut)
        release()
        resolve()
      })
      storePort.stop()
      spaces.close()
      server.closeIdleConnections()
    })
    return closing
  }
  return {
    url: `http://${clickable(settings.host)}:${port}`,
    port,
    control: spaces.control,
    spaces,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function seedOf({ seedFile }: Settings): Seed {
  return seedFile === '' ? demoSeed() : readSeedFile(seedFile)
}

function readOptions(options: Readonly<Record<string, unknown>>): Settings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const unknown = given
    .filter(([name]) => !isKnobName(name))
    .map(([name]) => `there is no option "${name}"`)
  const known = given.flatMap(([name, value]) =>
    isKnobName(name) ? [{ knob: name, origin: name, value }] : [],
  )
  return readSettings(known, unknown)
}

/** The seed that is used: one is drawn for 0. */
function withRandomSeed(settings: Settings): Settings {
  const { randomSeed } = settings
  return randomSeed === 0 ? { ...settings, randomSeed: randomInt(1, MAX_SEED) } : settings
}

/** The wildcard address cannot be opened in a browser. */
function clickable(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function cannotListen({ host, port }: Settings, error: NodeJS.ErrnoException): MockServerError {
  const problem =
    error.code === 'EADDRINUSE'
      ? `port ${port} on ${host} is taken; stop what listens there, or choose another one with --port (0 = any free one)`
      : `cannot listen on ${host} port ${port}: ${error.message}`
  return new MockServerError('cannot-listen', problem, { cause: error })
}
