import type { EmbeddedStore } from '../../mock-server/embedded.ts'
import type { EmbeddedProxy } from '../../proxy/embedded.ts'

/**
 * The store and the proxy of the demo run in its own process: two more would take twice the time to
 * start (bench: start). `embedded.ts` of their folders is all that the demo may import of them.
 */
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
  return await start('store', await import('../../mock-server/embedded.ts'), options)
}

export async function startProxy(options: ServerOptions): Promise<EmbeddedProxy> {
  return await start('proxy', await import('../../proxy/embedded.ts'), options)
}

const CANNOT_START = 3

async function start<Server>(
  name: string,
  { startEmbedded, exitCode }: ServerModule<Server>,
  { args, env, portFlags }: ServerOptions,
): Promise<Server> {
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
