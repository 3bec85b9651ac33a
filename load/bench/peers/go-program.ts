import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { buildGo, runGo } from '../../process/go-build.ts'

interface GoProgram {
  /** Import path of the main package. */
  readonly path: string
  readonly version: string
}

const BUILT = fileURLToPath(new URL('../.bin', import.meta.url))

/** Path of the program. It is built from its Go module on first use. Throws `cannot-start`. */
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
    await runGo({ args: ['get', `${path}@${version}`], cwd: dir, signal })
    const partial = join(dir, 'program')
    await buildGo({ moduleDir: dir, main: path, output: partial, signal })
    await mkdir(dirname(binary), { recursive: true })
    await rename(partial, binary)
    return binary
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
