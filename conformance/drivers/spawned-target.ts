import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ConformanceError } from '../errors.ts'
import { findFreePort, isFreePort } from '../origin/free-port.ts'
import type {
  BackendSettings,
  FileOutcome,
  FileStart,
  RunningTarget,
  TargetDriver,
} from '../runner/target.ts'
import { loopbackCertificate } from './certificate.ts'
import { trustOf } from './front-trust.ts'
import { EndedEarly, Program } from './program.ts'
import { fillTemplate } from './fill-template.ts'
import { PreparedPrograms } from './prepared-programs.ts'
import type { ProgramSettings, TargetFile } from './target-file.ts'

/** Attempts on other ports before a failed start counts as the program's fault. */
const MOST_ATTEMPTS = 3

type Values = Readonly<Record<string, string>>

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
        return await startPrograms(programs, values, undefined, scheme)
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
    const target = await startPrograms([{ ...program, config: text }], values, environment)
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
  environment?: Values,
  scheme: 'http' | 'https' = 'http',
): Promise<RunningTarget> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await freePorts(programs)
    try {
      return await startOnPorts(programs, { ...given, ...ports }, environment, scheme)
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

/**
 * Starts the programs in order, each when the previous one accepts connections. The last one is the
 * front.
 */
async function startOnPorts(
  programs: readonly ProgramSettings[],
  given: Values,
  environment: Values | undefined,
  scheme: 'http' | 'https',
): Promise<RunningTarget> {
  const dir = await mkdtemp(join(tmpdir(), 'conformance-'))
  const certificate = scheme === 'https' ? await writeCertificate(dir) : {}
  const values: Values = { dir, ...certificate, ...given }
  const running: Program[] = []
  const close = async (): Promise<void> => {
    // Stops in start order: a program in front sees the one behind it end, as in a restart.
    for (const program of running) await program.stop()
    await rm(dir, { recursive: true, force: true })
  }
  for (const settings of programs) {
    const configFile = join(dir, settings.configName)
    const rendered = { ...values, configFile }
    await writeFile(configFile, fillTemplate(settings.config, rendered))
    const program = new Program({
      ...settings,
      command: settings.command.map((part) => fillTemplate(part, rendered)),
      environment,
    })
    running.push(program)
    try {
      await program.ready(Number(values[`${settings.port}Port`]), settings)
    } catch (cause) {
      const said = program.output
      await close()
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`${reason}${said === '' ? '' : `\n${said}`}`, { cause })
    }
  }
  return {
    frontUrl: `${scheme}://127.0.0.1:${values['frontPort']}`,
    adminUrl: `http://127.0.0.1:${values['adminPort']}`,
    onExit: (exited) => {
      for (const program of running) {
        void program.onUnasked(({ how }) => exited({ how, output: program.output }))
      }
    },
    killWorker: async () => await running.at(-1)?.killChild(),
    close,
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
