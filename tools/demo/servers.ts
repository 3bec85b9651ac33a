/**
 * The store and the proxy of the demo run in its own process: two more would take twice the time to
 * start (bench: start). They are loaded by their place, compiled if this module is, and know
 * nothing of each other.
 */
interface EmbeddedStore extends AsyncDisposable {
  readonly url: string
  readonly nameProxy: (url: string, adminUrl: string) => void
}

interface EmbeddedProxy extends AsyncDisposable {
  readonly url: string
  readonly adminUrl: string
}

/** What `embedded.ts` of a server's folder offers. */
interface ServerModule<Server> {
  readonly startEmbedded: (
    args: readonly string[],
    env: Readonly<NodeJS.ProcessEnv>,
    prefix: string,
  ) => Promise<Server>
  readonly exitCode: (error: unknown) => number
}

/** A server that did not start. `exitCode` is the one that its program would end with. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError'
  readonly exitCode: number

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

interface ServerOptions {
  /** As at the command line of its program. */
  readonly args: readonly string[]
  readonly env: Readonly<NodeJS.ProcessEnv>
  /** Flags of the demo that change the ports of this server. */
  readonly portFlags: string
}

export async function startStore(options: ServerOptions): Promise<EmbeddedStore> {
  return await start<EmbeddedStore>('store', '../../mock-server/embedded', options)
}

export async function startProxy(options: ServerOptions): Promise<EmbeddedProxy> {
  return await start<EmbeddedProxy>('proxy', '../../proxy/embedded', options)
}

const CANNOT_START = 3
const EXTENSION = import.meta.url.slice(-3)

async function start<Server>(
  name: string,
  place: string,
  { args, env, portFlags }: ServerOptions,
): Promise<Server> {
  const url = new URL(`${place}${EXTENSION}`, import.meta.url).href
  const { startEmbedded, exitCode }: ServerModule<Server> = await import(url)
  try {
    return await startEmbedded(args, env, `${name}: `)
  } catch (error) {
    const code = exitCode(error)
    const remedy = code === CANNOT_START ? `; if a port is taken, change ${portFlags}` : ''
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServerStartError(`the ${name} did not start${remedy}:\n${reason}`, code, {
      cause: error,
    })
  }
}
