import { fileURLToPath } from 'node:url'

import { readCommandLine } from './config/command-line.ts'
import { ProxyError } from './errors.ts'
import { flushStandardStreams } from './output/standard-streams.ts'
import { prepareServer } from './server-command.ts'
import { startProxy } from './start.ts'

export { exitCode } from './errors.ts'

/** A proxy in the process of another program. */
export interface EmbeddedProxy extends AsyncDisposable {
  readonly url: string
  readonly adminUrl: string
}

/** Time limit for the last lines of the log, whose reader may have stopped. */
const FLUSH_MS = 200
/** With the extension of this file: a program that is not compiled runs its source. */
const MAIN = fileURLToPath(import.meta.url).replace(/embedded(\.\w+)$/, 'main$1')

/**
 * Starts a proxy in this process, from the arguments and variables of `sse-proxy server FILE`; its
 * workers, if it has some, are processes of their own. Its log goes where the file says, by default
 * to standard error, each line after `prefix`. Throws what `exitCode` knows.
 */
export async function startEmbedded(
  args: readonly string[],
  env: Readonly<NodeJS.ProcessEnv>,
  prefix: string,
): Promise<EmbeddedProxy> {
  const command = readCommandLine(args)
  if (command.kind !== 'server') {
    throw new ProxyError('usage', `expected the command server, got ${command.kind}`)
  }
  const { config, log } = await prepareServer(command.file, command.options, { ...env }, prefix)
  const closeLog = async (): Promise<void> => {
    await Promise.all([flushStandardStreams(FLUSH_MS), log.close(FLUSH_MS)])
  }
  try {
    const proxy = await startProxy(config, log.logger, [MAIN, '--worker'])
    const close = async (): Promise<void> => {
      await proxy.close()
      await closeLog()
    }
    return { url: proxy.url, adminUrl: proxy.adminUrl, [Symbol.asyncDispose]: close }
  } catch (error) {
    await closeLog()
    throw error
  }
}
