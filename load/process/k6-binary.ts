import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { LoadError } from '../errors.ts'
import { startProgram, within } from './program.ts'

const run = promisify(execFile)
const MODULE = fileURLToPath(new URL('../k6', import.meta.url))
const EXTENSION = 'k6/x/ssefleet'
const GO_IS_MISSING =
  'k6 has to be built once with the extension in load/k6, and there is no Go on the PATH: ' +
  'install Go 1.25 or newer (https://go.dev/dl), or name a k6 that has it with --k6 PATH'

export interface FindOptions extends BuildOptions {
  /** Chosen by the user; must have the extension. */
  readonly path: string | undefined
  /** Told before the build, which takes a minute or two the first time. */
  readonly onBuild: () => void
  readonly signal: AbortSignal
}

interface BuildOptions {
  /** The Go module; default: `load/k6`. */
  readonly moduleDir?: string | undefined
  /** The Go command; default: `go`. */
  readonly go?: string | undefined
}

/** Path of a k6 that has the extension, built when there is none of these sources. Throws `cannot-start`. */
export async function findK6(options: FindOptions): Promise<string> {
  const { path, onBuild, moduleDir = MODULE } = options
  if (path !== undefined) return checked(path)
  const built = await builtK6(moduleDir)
  if (built !== undefined) return built
  onBuild()
  await build(options)
  return checked(binaryOf(moduleDir))
}

/** Path of the k6 that was built from the present sources, if there is one. */
export async function builtK6(moduleDir = MODULE): Promise<string | undefined> {
  const stamp = await readFile(stampOf(moduleDir), 'utf8').catch(() => undefined)
  return stamp === (await fingerprint(moduleDir)) ? binaryOf(moduleDir) : undefined
}

function binaryOf(moduleDir: string): string {
  return join(moduleDir, '.bin/k6')
}

/** A file that says which sources the binary was built from. */
function stampOf(moduleDir: string): string {
  return `${binaryOf(moduleDir)}.sources`
}

async function checked(path: string): Promise<string> {
  const version = await run(path, ['version']).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LoadError('cannot-start', `${path} is not a k6 that runs here: ${reason}`)
  })
  if (version.stdout.includes(EXTENSION)) return path
  throw new LoadError(
    'cannot-start',
    `${path} is a k6 without the extension ${EXTENSION}: leave out --k6 and K6_BIN, and one is built`,
  )
}

async function build({
  moduleDir = MODULE,
  go: command = 'go',
  signal,
}: FindOptions): Promise<void> {
  const sources = await fingerprint(moduleDir)
  const partial = `${binaryOf(moduleDir)}.${randomUUID()}`
  await mkdir(dirname(partial), { recursive: true })
  try {
    await using go = startProgram({
      name: 'go',
      command,
      args: ['build', '-trimpath', '-ldflags', '-s -w', '-o', partial, './cmd/k6'],
      cwd: moduleDir,
      variables: { CGO_ENABLED: '0' },
    })
    const { exitCode, lastLines } = await within(go.ended, signal)
    if (exitCode !== 0) {
      throw new LoadError('cannot-start', `go build in load/k6 failed:\n${lastLines.join('\n')}`)
    }
    await rename(partial, binaryOf(moduleDir))
    await writeFile(stampOf(moduleDir), sources)
  } catch (error) {
    if (error instanceof LoadError && isMissing(error.cause)) {
      throw new LoadError('cannot-start', GO_IS_MISSING, { cause: error })
    }
    throw error
  } finally {
    await rm(partial, { force: true })
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Digest of everything that the binary is made from. */
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
