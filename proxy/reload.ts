import { statSync } from 'node:fs'

import type { Logger } from 'pino'

import { changedKeys } from './config/changed-keys.ts'
import type { ParsedFile } from './config/read-config.ts'
import { takeOver } from './config/reloadable.ts'
import { ProxyError } from './errors.ts'
import type { RunningProxy } from './start.ts'

export interface ReloadOptions {
  readonly proxy: Pick<RunningProxy, 'reload'>
  /** Reads the configuration again; throws `bad-config` or `usage`. */
  readonly read: () => ParsedFile
  /** What the proxy was started with. */
  readonly running: ParsedFile
  readonly logger: Logger
}

/**
 * Makes a running proxy take over a new configuration, without ending a stream. The log has the keys
 * that have changed: those that were taken over, and those that need a restart.
 */
export class Reload {
  readonly #options: ReloadOptions
  #running: ParsedFile

  constructor(options: ReloadOptions) {
    this.#options = options
    this.#running = options.running
  }

  /** A file with a mistake changes nothing, and the log has the mistakes. */
  run(): void {
    const { proxy, read, logger } = this.#options
    try {
      const next = read()
      const running = takeOver(this.#running, next)
      const reloaded = changedKeys(this.#running.file, running.file)
      const needRestart = changedKeys(running.file, next.file)
      const known = new Set(this.#running.config.warnings)
      proxy.reload(running.config)
      this.#running = running
      const list = reloaded.length === 0 ? 'no key has changed' : reloaded.join(', ')
      logger.info({ reloaded }, `configuration reloaded: ${list}`)
      if (needRestart.length > 0) {
        logger.warn({ needRestart }, `changed, but needs a restart: ${needRestart.join(', ')}`)
      }
      for (const warning of running.config.warnings) {
        if (!known.has(warning)) logger.warn(warning)
      }
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      logger.error(`the configuration is not reloaded, nothing has changed: ${error.message}`)
    }
  }
}

/** Throws `bad-config` for a pipe, which can be read only once and would block the proxy. */
export function expectFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    throw new ProxyError('bad-config', `${path} is not a file that can be read again`)
  }
}
