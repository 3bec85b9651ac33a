import type { ServerOptions } from './config/command-line.ts'
import type { Config } from './config/config.ts'
import { override } from './config/overrides.ts'
import { readConfig } from './config/read-config.ts'
import { withInheritedSockets } from './inherited-sockets.ts'
import { type OpenLog, openLog } from './log/open-log.ts'

/** What `sse-proxy server FILE` needs before it starts. */
export interface PreparedServer {
  readonly config: Config
  readonly log: OpenLog
}

/**
 * Reads the file, takes sockets that systemd has opened (and their variables out of `environment`),
 * opens the log and logs the warnings about the file. `prefix` comes before each line on standard
 * error.
 */
export async function prepareServer(
  file: string,
  options: ServerOptions,
  environment: NodeJS.ProcessEnv,
  prefix = '',
): Promise<PreparedServer> {
  const config = withInheritedSockets(
    override(readConfig(file, environment, options.definitions), options),
    environment,
    process.pid,
  )
  const log = await openLog(config.logLevel, config.logAppenders, prefix)
  for (const warning of config.warnings) log.logger.warn(warning)
  return { config, log }
}
