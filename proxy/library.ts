import { fileURLToPath } from 'node:url'

import { stringify } from 'yaml'

import type { LogLevel } from './config/log-levels.ts'
import { parseFile } from './config/read-config.ts'
import { takeOver } from './config/reloadable.ts'
import { createLogger } from './logger.ts'
import { type RunningProxy, startProxy as startConfigured } from './start.ts'

export interface ProxyOptions {
  /** Lines of at least this level go to standard error; default: none. */
  readonly logLevel?: LogLevel | 'silent' | undefined
  /** Variables for `${NAME}` in the configuration; default: none. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
}

/** The content of a configuration file, as text or as an object with the same keys. */
export type Configuration = string | Readonly<Record<string, unknown>>

export interface SseProxy extends Omit<RunningProxy, 'reload'>, AsyncDisposable {
  /**
   * Takes over back ends, CORS, limits and certificates of this configuration without ending a
   * stream; other keys stay. Throws `bad-config` and changes nothing if it has a mistake.
   */
  readonly reload: (configuration: Configuration) => void
}

/** With the extension of this file: a program that is not compiled runs its source. */
const MAIN = fileURLToPath(import.meta.url).replace(/library(\.\w+)$/, 'main$1')

/**
 * Starts a proxy in this process; its workers, if it has some, are processes of their own. Throws an error with the code `bad-config` that lists every mistake, or `cannot-listen`. It
 * starts also when a back end cannot be reached.
 */
export async function startProxy(
  configuration: Configuration,
  { logLevel = 'silent', environment = {} }: ProxyOptions = {},
): Promise<SseProxy> {
  const read = (content: Configuration) => {
    const text = typeof content === 'string' ? content : stringify(content)
    return parseFile(text, 'configuration', environment)
  }
  let running = read(configuration)
  const proxy = await startConfigured(running.config, createLogger(logLevel), [MAIN, '--worker'])
  return {
    ...proxy,
    reload: (next) => {
      running = takeOver(running, read(next))
      proxy.reload(running.config)
    },
    [Symbol.asyncDispose]: () => proxy.close(),
  }
}
