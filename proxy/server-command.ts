import type { ServerOptions } from './config/command-line.ts'
import { override } from './config/overrides.ts'
import { loadFile, type ParsedFile } from './config/read-config.ts'
import { withInheritedSockets } from './inherited-sockets.ts'
import { type OpenLog, openLog } from './log/open-log.ts'

/** What `sse-proxy server FILE` needs before it starts. */
export interface PreparedServer extends ParsedFile {
  /** Reads the file again, for a reload. */
  readonly read: () => ParsedFile
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
  const read = () => {
    const loaded = loadFile(file, environment, options.definitions)
    return { ...loaded, config: override(loaded.config, options) }
  }
  const first = read()
  const config = withInheritedSockets(first.config, environment, process.pid)
  const log = await openLog(config.logLevel, config.logAppenders, prefix)
  for (const warning of config.warnings) log.logger.warn(warning)
  return { config, file: first.file, read, log }
}
