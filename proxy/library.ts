import { fileURLToPath } from 'node:url'

import { stringify } from 'yaml'

import { parseConfig } from './config/read-config.ts'
import type { LogLevel } from './config/log-levels.ts'
import { createLogger } from './logger.ts'
import { type RunningProxy, startProxy as startConfigured } from './start.ts'

export interface ProxyOptions {
  /** Lines of at least this level go to standard error; default: none. */
  readonly logLevel?: LogLevel | 'silent' | undefined
  /** Variables for `${NAME}` in the configuration; default: none. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
}

export interface SseProxy extends RunningProxy, AsyncDisposable {}

/** With the extension of this file: a program that is not compiled runs its source. */
const MAIN = fileURLToPath(import.meta.url).replace(/library(\.\w+)$/, 'main$1')

/**
 * Starts a proxy in this process; its workers, if it has some, are processes of their own.
 * `configuration` is the content of a configuration file, as text or as an object with the same
 * keys. Throws an error with the code `bad-config` that lists every mistake, or `cannot-listen`. It
 * starts also when a back end cannot be reached.
 */
export async function startProxy(
  configuration: string | Readonly<Record<string, unknown>>,
  { logLevel = 'silent', environment = {} }: ProxyOptions = {},
): Promise<SseProxy> {
  const text = typeof configuration === 'string' ? configuration : stringify(configuration)
  const config = parseConfig(text, 'configuration', environment)
  const proxy = await startConfigured(config, createLogger(logLevel), [MAIN, '--worker'])
  return { ...proxy, [Symbol.asyncDispose]: () => proxy.close() }
}
