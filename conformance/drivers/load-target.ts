import { ConformanceError } from '../errors.ts'
import type { Capability, Role, TargetDriver } from '../runner/target.ts'
import { externalTarget } from './external-target.ts'
import { describeTrust } from './front-trust.ts'
import { spawnedTarget } from './spawned-target.ts'
import { FRONT_URL, isFrontUrl } from './front-url.ts'
import { describeTarget, readTargetFile, type TargetFile } from './target-file.ts'

/**
 * The target to judge: a target file, a front that is already running, or a command that starts
 * one.
 */
export type TargetSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'front'; readonly url: string }
  | { readonly kind: 'spawn'; readonly command: string }

/** A URL is a front; anything else is the path of a target file. */
export function fileOrFront(text: string): TargetSource {
  return /^https?:\/\//.test(text) ? { kind: 'front', url: text } : { kind: 'file', path: text }
}

export interface LoadedTarget {
  readonly driver: TargetDriver
  readonly product: string
  /** Path of the expectation file. */
  readonly expectations?: string | undefined
  /** The target as a file would describe it. */
  readonly file: TargetFile
  /** How to name it on the command line. */
  readonly flags: string
}

/** What a target file says by itself. */
export interface FrontSettings {
  /** With a front or a command; default: concentrator. */
  readonly role?: Role | undefined
  /** With a front or a command: what the proxy can do; default: nothing. */
  readonly claims?: readonly Capability[] | undefined
  /** With a front: seconds until it reads from the suite's back ends; default: 600. */
  readonly waitSeconds?: number | undefined
  /** With a front: port of the first back end, the second one has the next; default: 9801. */
  readonly backendPort?: number | undefined
  /** With a front: how many back ends it can read from; default: 2. */
  readonly backends?: 1 | 2 | undefined
  /** With a front that is `https://`: PEM file of the authorities to trust; default: Node's. */
  readonly ca?: string | undefined
  /** With a front that is `https://`: its certificate is not checked; default: false. */
  readonly insecure?: boolean | undefined
}

export interface LoadOptions extends FrontSettings {
  readonly source: TargetSource
  readonly print: (text: string) => void
}

/**
 * Loads a target from a file, from the URL of a running front, or from a command that starts one.
 */
export function loadTarget(options: LoadOptions): LoadedTarget {
  const { source, role, print } = options
  switch (source.kind) {
    case 'file': {
      const file = readTargetFile(source.path)
      if (role !== undefined && role !== file.role) {
        throw new ConformanceError(
          'usage',
          `${source.path} declares the role ${file.role}, --role asks for ${role}`,
        )
      }
      return load(file, `--target ${quoted(source.path)}`, print)
    }
    case 'front':
      return load(
        fileOfFront(source.url, options),
        `--front ${quoted(source.url)}${flagsOf(options)}`,
        print,
      )
    default:
      return load(
        fileOfCommand(source.command, options),
        `--spawn ${quoted(source.command)}${flagsOf(options)}`,
        print,
      )
  }
}

/** The flags of a target without a file, as they were given. */
function flagsOf(options: LoadOptions): string {
  const { role, claims = [], waitSeconds, backendPort, backends, ca, insecure } = options
  return [
    role === undefined ? '' : ` --role ${role}`,
    claims.length === 0 ? '' : ` --claim ${claims.join(',')}`,
    waitSeconds === undefined ? '' : ` --wait ${waitSeconds}`,
    backendPort === undefined ? '' : ` --backend-port ${backendPort}`,
    backends === undefined ? '' : ` --backends ${backends}`,
    ca === undefined ? '' : ` --ca ${quoted(ca)}`,
    insecure === true ? ' --insecure' : '',
  ].join('')
}

/** A word of a shell command. */
function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function load(file: TargetFile, flags: string, print: (text: string) => void): LoadedTarget {
  const { expectations } = file
  const driver = createDriver(file, print)
  const { trust } = driver
  const product = trust === undefined ? file.product : `${file.product}, ${describeTrust(trust)}`
  return { driver, product, expectations, file, flags }
}

function createDriver(file: TargetFile, print: (text: string) => void): TargetDriver {
  if (file.spawn !== undefined) return spawnedTarget(file, file.spawn)
  if (file.external !== undefined) return externalTarget(file, file.external, print)
  throw new ConformanceError('target-file', `${file.name} has neither "spawn" nor "external"`)
}

function fileOfFront(url: string, options: LoadOptions): TargetFile {
  const { role, claims, waitSeconds, backendPort, backends, ca, insecure } = options
  const { origin, host, protocol, pathname } = readFront(url)
  const frontPath = withoutFinalSlashes(pathname)
  const secure = protocol === 'https:'
  if (!secure && (ca !== undefined || insecure === true)) {
    throw new ConformanceError(
      'usage',
      `--ca and --insecure are about the certificate of an https:// front, and ${url} is none`,
    )
  }
  return describeTarget({
    name: host,
    product: 'a proxy that is already running',
    role: role ?? 'concentrator',
    // The printed configuration has both.
    claims: {
      capabilities: ['credentials', 'header-override', ...(claims ?? [])],
      ...(backends === 1 ? { backends } : {}),
    },
    ...(frontPath === '' ? {} : { frontPath }),
    ...(secure ? { tls: { ca, insecure: insecure === true } } : {}),
    external: {
      front: origin,
      ...(backendPort === undefined ? {} : { originPorts: [backendPort, backendPort + 1] }),
      ...(waitSeconds === undefined ? {} : { connectWithinMs: waitSeconds * 1000 }),
    },
  })
}

/** No message shows a login, because CI logs are read by many. */
function readFront(text: string): URL {
  if (isFrontUrl(text)) return new URL(text)
  const shown = text.includes('@') ? 'one with a login (not shown)' : JSON.stringify(text)
  throw new ConformanceError('usage', `--front: expected ${FRONT_URL}, got ${shown}`)
}

/** A pattern would search for the slashes from each position again. */
function withoutFinalSlashes(path: string): string {
  let end = path.length
  while (path[end - 1] === '/') end -= 1
  return path.slice(0, end)
}

/** Splits a command line into words. Quoted words may contain spaces. */
function wordsOf(command: string): readonly string[] {
  return Array.from(
    command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g),
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  )
}

/** Its words up to the first flag or placeholder, such as `node my-proxy.js`. */
function nameOf([program = '', ...rest]: readonly string[]): string {
  const end = rest.findIndex((word) => word.startsWith('-') || word.includes('{'))
  return [program, ...rest.slice(0, end)].join(' ')
}

function fileOfCommand(command: string, { role, claims }: LoadOptions): TargetFile {
  const words = wordsOf(command)
  if (!command.includes('{frontPort}')) {
    throw new ConformanceError(
      'usage',
      '--spawn: the command has to take its port from {frontPort}, and the back end from {backendUrl} or {backendHost}',
    )
  }
  if (!/\{(?:secondB|b)ackend\w+\}/.test(command)) {
    throw new ConformanceError(
      'usage',
      '--spawn: the command has to name its back end by {backendUrl}, {backendHost} or {backendPort}, or it would read from elsewhere',
    )
  }
  return describeTarget({
    name: nameOf(words),
    product: command,
    role: role ?? 'concentrator',
    claims: {
      capabilities: [...(claims ?? [])],
      ...(command.includes('{secondBackend') ? {} : { backends: 1 }),
    },
    spawn: [{ command: words, cwd: process.cwd() }],
  })
}
