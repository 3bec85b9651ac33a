import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { LoadError } from '../../errors.ts'
import { startProgram, within } from '../../process/program.ts'

interface GoProgram {
  /** Import path of the main package. */
  readonly path: string
  readonly version: string
}

const BUILT = fileURLToPath(new URL('../.bin', import.meta.url))

/** Path of the program, built from its Go module the first time. Throws `cannot-start`. */
export async function builtGoProgram(
  { path, version }: GoProgram,
  signal: AbortSignal,
): Promise<string> {
  const binary = join(BUILT, `${path.replaceAll('/', '-')}-${version}`)
  if (await exists(binary)) return binary
  process.stderr.write(`building ${path} ${version}: some minutes, once\n`)
  const dir = await mkdtemp(join(tmpdir(), 'peer-'))
  try {
    await writeFile(join(dir, 'go.mod'), 'module peer\n\ngo 1.25.0\n')
    await run(['get', `${path}@${version}`], dir, signal)
    const partial = join(dir, 'program')
    await run(['build', '-trimpath', '-ldflags', '-s -w', '-o', partial, path], dir, signal)
    await mkdir(dirname(binary), { recursive: true })
    await rename(partial, binary)
    return binary
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function run(args: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  await using go = startProgram({ name: 'go', command: 'go', args, cwd })
  const { exitCode, lastLines } = await within(go.ended, signal)
  if (exitCode === 0) return
  throw new LoadError('cannot-start', `go ${args.join(' ')} failed:\n${lastLines.join('\n')}`)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
