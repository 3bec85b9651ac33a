import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa, ExecaError } from 'execa'

import { LoadError } from '../errors.ts'
import { buildGo } from './go-build.ts'

const MODULE = fileURLToPath(new URL('../k6', import.meta.url))
const EXTENSION = 'k6/x/ssefleet'
const VERSION_TIMEOUT_MS = 4_000

/** [k6] The first one that keeps the received part of a response that timed out, and runs TypeScript. */
const NEEDED = { major: 2, minor: 2 }
const NEEDED_TEXT = `k6 ${NEEDED.major}.${NEEDED.minor} or newer`

export interface FindOptions extends ExistingOptions {
  /** Called before a build, which takes a minute or two the first time. */
  readonly onBuild: () => void
  /** Called with each line of the Go command, such as the names of modules that it downloads. */
  readonly onBuildLine?: ((line: string) => void) | undefined
  readonly signal: AbortSignal
  /** The Go command; default: `go`. */
  readonly go?: string | undefined
}

export interface ExistingOptions {
  /** Chosen by the user. */
  readonly path: string | undefined
  /** Whether the scenario needs the extension. Default: yes. */
  readonly needsExtension?: boolean | undefined
  /** Called with a sentence for a k6 in the PATH that cannot be used. */
  readonly onUnusable?: ((reason: string) => void) | undefined
  /** The Go module; default: `load/k6`. */
  readonly moduleDir?: string | undefined
  /** Folders with a `k6`; default: the PATH. */
  readonly searchPath?: string | undefined
}

/**
 * Path of a k6 that can run the scenario; one with the extension is built unless there is one.
 * Throws `cannot-start`.
 */
export async function findK6(options: FindOptions): Promise<string> {
  const existing = await existingK6(options)
  if (existing !== undefined) return existing
  options.onBuild()
  await build(options)
  return requireK6(binaryOf(options.moduleDir ?? MODULE), true)
}

/**
 * Path of the k6 that the user chose, of the one built from the present sources, or, when the
 * scenario needs no extension, of the first in the PATH. undefined = one must be built. Throws
 * `cannot-start` when the chosen one cannot run the scenario.
 */
export async function existingK6(options: ExistingOptions): Promise<string | undefined> {
  const { path, needsExtension = true, searchPath = process.env['PATH'] ?? '' } = options
  if (path !== undefined) return requireK6(path, needsExtension)
  const built = await builtK6(options.moduleDir)
  if (built !== undefined || needsExtension) return built
  for (const folder of searchPath.split(delimiter).filter(Boolean)) {
    const candidate = join(folder, 'k6')
    if (!(await isExecutable(candidate))) continue
    try {
      return await requireK6(candidate, false)
    } catch (error) {
      if (!(error instanceof LoadError)) throw error
      options.onUnusable?.(error.message)
    }
  }
  return undefined
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** Path of the k6 that was built from the present sources; undefined = there is none. */
export async function builtK6(moduleDir = MODULE): Promise<string | undefined> {
  const stamp = await readFile(stampOf(moduleDir), 'utf8').catch(() => undefined)
  if (stamp === undefined) return undefined
  return stamp === (await fingerprint(moduleDir)) ? binaryOf(moduleDir) : undefined
}

function binaryOf(moduleDir: string): string {
  return join(moduleDir, '.bin/k6')
}

/** File with the digest of the sources that the binary was built from. */
function stampOf(moduleDir: string): string {
  return `${binaryOf(moduleDir)}.sources`
}

/** Throws `cannot-start` with the version that is needed. */
async function requireK6(path: string, needsExtension: boolean): Promise<string> {
  const refuse = (reason: string, cause?: unknown) =>
    new LoadError('cannot-start', `${path} ${reason}`, { cause })
  const version = await execa(path, ['version'], { timeout: VERSION_TIMEOUT_MS }).catch(
    (error: unknown) => {
      const reason = error instanceof ExecaError ? error.originalMessage : undefined
      const shown = reason === undefined || reason === '' ? '' : `: ${reason}`
      throw refuse(`is not a k6 that runs here${shown}; needed is ${NEEDED_TEXT}`, error)
    },
  )
  const [, name, major, minor] = /^(k6\S*) v(\d{1,5})\.(\d{1,5})/.exec(version.stdout) ?? []
  // A build from a checkout prints no number.
  const isDevelopment = version.stdout.startsWith('k6 v(devel)')
  if (name === undefined && !isDevelopment) {
    throw refuse(`is not a k6; needed is ${NEEDED_TEXT}`)
  }
  if (!isDevelopment && !isNewEnough(Number(major), Number(minor))) {
    throw refuse(`is k6 ${major}.${minor}; needed is ${NEEDED_TEXT}`)
  }
  if (!needsExtension || version.stdout.includes(EXTENSION)) return path
  throw refuse(`is a k6 without the extension ${EXTENSION}: omit --k6 and K6_BIN, and one is built`)
}

function isNewEnough(major: number, minor: number): boolean {
  return major > NEEDED.major || (major === NEEDED.major && minor >= NEEDED.minor)
}

async function build({ moduleDir = MODULE, go, signal, onBuildLine }: FindOptions): Promise<void> {
  const sources = await fingerprint(moduleDir)
  const partial = `${binaryOf(moduleDir)}.${randomUUID()}`
  await mkdir(dirname(partial), { recursive: true })
  try {
    await buildGo({ moduleDir, main: './cmd/k6', output: partial, signal, go, onLine: onBuildLine })
    await rename(partial, binaryOf(moduleDir))
    await writeFile(stampOf(moduleDir), sources)
  } finally {
    await rm(partial, { force: true })
  }
}

/** Digest of all sources of the binary. */
async function fingerprint(moduleDir: string): Promise<string> {
  const files = await readdir(moduleDir, { recursive: true })
  const sources = files.filter(
    (file) => /\.go$|^go\.(mod|sum)$/.test(file) && !file.endsWith('_test.go'),
  )
  const digest = createHash('sha256')
  for (const file of sources.toSorted()) {
    digest.update(`${file}\0`).update(await readFile(join(moduleDir, file)))
  }
  return digest.digest('hex')
}
