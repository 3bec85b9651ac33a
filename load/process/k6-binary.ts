import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'

import { LoadError } from '../errors.ts'
import { buildGo } from './go-build.ts'

const MODULE = fileURLToPath(new URL('../k6', import.meta.url))
const EXTENSION = 'k6/x/ssefleet'

export interface FindOptions extends BuildOptions {
  /** Chosen by the user; must contain the extension. */
  readonly path: string | undefined
  /** Called before a build, which takes a minute or two the first time. */
  readonly onBuild: () => void
  readonly signal: AbortSignal
}

interface BuildOptions {
  /** The Go module; default: `load/k6`. */
  readonly moduleDir?: string | undefined
  /** The Go command; default: `go`. */
  readonly go?: string | undefined
}

/**
 * Path of a k6 with the extension; it is built unless there is one from the present sources. Throws
 * `cannot-start`.
 */
export async function findK6(options: FindOptions): Promise<string> {
  const { path, onBuild, moduleDir = MODULE } = options
  if (path !== undefined) return requireExtension(path)
  const built = await builtK6(moduleDir)
  if (built !== undefined) return built
  onBuild()
  await build(options)
  return requireExtension(binaryOf(moduleDir))
}

/** Path of the k6 that was built from the present sources; undefined = there is none. */
export async function builtK6(moduleDir = MODULE): Promise<string | undefined> {
  const stamp = await readFile(stampOf(moduleDir), 'utf8').catch(() => undefined)
  return stamp === (await fingerprint(moduleDir)) ? binaryOf(moduleDir) : undefined
}

function binaryOf(moduleDir: string): string {
  return join(moduleDir, '.bin/k6')
}

/** File with the digest of the sources that the binary was built from. */
function stampOf(moduleDir: string): string {
  return `${binaryOf(moduleDir)}.sources`
}

async function requireExtension(path: string): Promise<string> {
  const version = await execa(path, ['version']).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LoadError('cannot-start', `${path} is not a k6 that runs here: ${reason}`)
  })
  if (version.stdout.includes(EXTENSION)) return path
  throw new LoadError(
    'cannot-start',
    `${path} is a k6 without the extension ${EXTENSION}: omit --k6 and K6_BIN, and one is built`,
  )
}

async function build({ moduleDir = MODULE, go, signal }: FindOptions): Promise<void> {
  const sources = await fingerprint(moduleDir)
  const partial = `${binaryOf(moduleDir)}.${randomUUID()}`
  await mkdir(dirname(partial), { recursive: true })
  try {
    await buildGo({ moduleDir, main: './cmd/k6', output: partial, signal, go })
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
