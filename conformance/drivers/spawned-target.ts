import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { ConformanceError } from '../errors.ts'
import { findFreePort, isFreePort } from '../origin/free-port.ts'
import type {
  BackendSettings,
  FileOutcome,
  FileStart,
  RunningTarget,
  TargetDriver,
  TargetRow,
} from '../runner/target.ts'
import { loopbackCertificate } from './certificate.ts'
import { trustOf } from './front-trust.ts'
import { EndedEarly } from './program.ts'
import { PreparedPrograms } from './prepared-programs.ts'
import { ProgramSet } from './program-set.ts'
import type { ProgramSettings, RowSettings, TargetFile } from './target-file.ts'
import { TemporaryFolder } from './temporary-folder.ts'

/** Attempts on other ports before a failed start counts as the program's fault. */
const MOST_ATTEMPTS = 3

type Values = Readonly<Record<string, string>>

interface StartOptions {
  readonly environment?: Values | undefined
  readonly scheme?: 'http' | 'https' | undefined
  readonly row?: RowSettings | undefined
}

/** Starts a product as child processes, with configuration files in a temporary folder. */
export function spawnedTarget(
  file: TargetFile,
  programs: readonly ProgramSettings[],
): TargetDriver {
  const [only, ...others] = programs
  const front = programs.at(-1)
  const prepared = new PreparedPrograms(programs)
  const namesSecond = JSON.stringify(programs).includes('{secondBackend')
  const scheme = file.tls === undefined ? 'http' : 'https'
  const readsOurFile = file.claims.capabilities.includes('vendor-file') && others.length === 0
  return {
    name: file.name,
    role: file.role,
    claims: file.claims,
    frontPath: file.frontPath,
    leastBackends: namesSecond ? 2 : undefined,
    trust: trustOf(file),
    connectWithinMs: front?.readyWhen === 'passes' ? front.readyWithinMs : undefined,
    start: async ({ backends, variant }) => {
      try {
        const values = {
          ...file.values,
          ...(variant === undefined ? {} : file.variants[variant]?.values),
          ...backendValues(backends),
          ...(await prepared.values()),
        }
        return await startPrograms(programs, values, { scheme, row: file.row })
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new ConformanceError('target-start', `${file.name} did not start: ${reason}`, {
          cause,
        })
      }
    },
    ...(only !== undefined && readsOurFile
      ? {
          startWithFile: async (wanted: FileStart) =>
            await startWithFile(only, wanted, await prepared.values()),
        }
      : {}),
  }
}

async function startWithFile(
  program: ProgramSettings,
  { text, environment }: FileStart,
  values: Values,
): Promise<FileOutcome> {
  try {
    const target = await startPrograms([{ ...program, config: text }], values, { environment })
    return { kind: 'running', target }
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    if (!(cause instanceof EndedEarly) || !(error instanceof Error)) throw error
    return { kind: 'refused', exitCode: cause.exitCode, output: error.message }
  }
}

/** Starts the programs. Tries other ports when one was taken in the meantime. */
async function startPrograms(
  programs: readonly ProgramSettings[],
  given: Values,
  options: StartOptions,
): Promise<RunningTarget> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await freePorts(programs)
    try {
      return await startOnPorts(programs, { ...given, ...ports }, options)
    } catch (error) {
      const taken = await isAnyTaken(Object.values(ports))
      if (!taken || attempt === MOST_ATTEMPTS) throw error
    }
  }
}

async function isAnyTaken(ports: readonly string[]): Promise<boolean> {
  for (const port of ports) if (!(await isFreePort(Number(port)))) return true
  return false
}

/** Starts the programs in order. The last one is the front. */
async function startOnPorts(
  programs: readonly ProgramSettings[],
  given: Values,
  { environment, scheme = 'http', row }: StartOptions,
): Promise<RunningTarget> {
  const folder = new TemporaryFolder('conformance-')
  const dir = folder.path
  const certificate = scheme === 'https' ? await writeCertificate(dir) : {}
  const values: Values = { ...certificate, ...given }
  const set = new ProgramSet(programs, { dir, values, environment })
  const close = async (): Promise<void> => {
    await set.stop()
    folder.remove()
  }
  try {
    await set.start()
  } catch (error) {
    await close()
    throw error
  }
  const urlAt = (port: string): string => `${scheme}://127.0.0.1:${values[`${port}Port`]}`
  return {
    frontUrl: urlAt('front'),
    adminUrl: `http://127.0.0.1:${values['adminPort']}`,
    onExit: (exited) => set.onExit(exited),
    killWorker: async () => await set.last?.killChild(),
    ...(row === undefined ? {} : { row: rowOf(set, row, urlAt) }),
    close,
  }
}

function rowOf(
  set: ProgramSet,
  { second, engine }: RowSettings,
  urlAt: (port: string) => string,
): TargetRow {
  return {
    fronts: [
      { url: urlAt('front'), part: set.part('front') },
      { url: urlAt(second), part: set.part(second) },
    ],
    engine: engine === undefined ? undefined : set.part(engine),
  }
}

/** The suite's own certificate, as files. `{pemFile}` has certificate and key. */
async function writeCertificate(dir: string): Promise<Values> {
  const { cert, key } = loopbackCertificate()
  const texts = { certFile: cert, keyFile: key, pemFile: cert + key }
  const paths: Record<string, string> = {}
  for (const [name, text] of Object.entries(texts)) {
    const path = join(dir, `${name}.pem`)
    await writeFile(path, text, { mode: 0o600 })
    paths[name] = path
  }
  return paths
}

/** A free port for every `{…Port}` of the programs, besides the standard ones. */
async function freePorts(programs: readonly ProgramSettings[]): Promise<Values> {
  const text = JSON.stringify(programs)
  const named = Array.from(text.matchAll(/\{(\w+Port)\}/g), ([, name = '']) => name)
  const names = new Set(['frontPort', 'adminPort', ...named])
  names.delete('backendPort')
  const ports = new Map<string, string>()
  for (const name of names) ports.set(name, String(await findFreePort()))
  return Object.fromEntries(ports)
}

/**
 * The back ends as template values: the address of the first, and all of them in the vendor's
 * format.
 */
function backendValues(backends: readonly BackendSettings[]): Values {
  const list = backends.map(({ url, credentials, httpHeaders }) => ({
    uri: url,
    credentials,
    httpHeaders,
  }))
  const hosts = backends.map(({ url }) => new URL(url).host)
  return {
    backendUrl: backends[0]?.url ?? '',
    backendHost: hosts[0] ?? '',
    backendPort: hosts[0]?.split(':')[1] ?? '',
    backendPath: new URL(backends[0]?.url ?? 'http://127.0.0.1').pathname,
    secondBackendUrl: backends[1]?.url ?? '',
    secondBackendHost: hosts[1] ?? '',
    backendList: JSON.stringify(list),
  }
}
