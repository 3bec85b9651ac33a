import { LoadError } from '../errors.ts'
import { abortAfter } from './abort-after.ts'
import { abortable, startProgram } from './program.ts'

export interface GoBuildOptions {
  /** Directory with the go.mod. */
  readonly moduleDir: string
  /** The package to build, as `go build` takes it. */
  readonly main: string
  /** File to write. */
  readonly output: string
  readonly signal: AbortSignal
  /** The Go command; default: `go`. */
  readonly go?: string | undefined
  /** Called with each line of it, such as the names of modules that it downloads. */
  readonly onLine?: ((line: string) => void) | undefined
}

const GO_IS_MISSING =
  'there is no Go on the PATH: install Go 1.25 or newer (https://go.dev/dl), ' +
  'or, where k6 is needed, pass a k6 2.2 or newer that has the extension with --k6 PATH'

/**
 * Builds one program, without cgo and without debug information. Throws `cannot-start` with the
 * output of the compiler.
 */
export async function buildGo(options: GoBuildOptions): Promise<void> {
  const { moduleDir, main, output, signal, go, onLine } = options
  await runGo({
    args: ['build', '-trimpath', '-ldflags', '-s -w', '-o', output, main],
    cwd: moduleDir,
    signal,
    go,
    onLine,
  })
}

interface GoOptions {
  readonly args: readonly string[]
  readonly cwd: string
  readonly signal: AbortSignal
  readonly go?: string | undefined
  readonly onLine?: ((line: string) => void) | undefined
}

/** Long: a busy machine with two cores takes many minutes for k6. */
const GO_TIMEOUT_MS = 30 * 60_000

/**
 * Runs the Go command. Throws `cannot-start` when it is missing or fails, `timeout` after half an
 * hour.
 */
export async function runGo({ args, cwd, signal, go = 'go', onLine }: GoOptions): Promise<void> {
  await using program = startProgram({
    name: 'go',
    command: go,
    args,
    cwd,
    variables: { CGO_ENABLED: '0' },
    onLine,
  })
  using limit = abortAfter(GO_TIMEOUT_MS, `go ${args.join(' ')}`)
  const either = AbortSignal.any([signal, limit.signal])
  const status = await abortable(program.ended, either).catch((error: unknown) => {
    if (!(error instanceof LoadError && isMissing(error.cause))) throw error
    throw new LoadError('cannot-start', GO_IS_MISSING, { cause: error })
  })
  if (status.exitCode === 0) return
  const output = status.lastLines.join('\n')
  throw new LoadError('cannot-start', `go ${args.join(' ')} failed:\n${output}`)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
