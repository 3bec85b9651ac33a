import { execa } from 'execa'

export interface ProgramOptions {
  /** Added to the environment of this process. */
  readonly environment?: NodeJS.ProcessEnv
  /** File descriptors that replace the pipes. */
  readonly stdout?: number | undefined
  readonly stderr?: number | undefined
}

export interface RunningProgram extends AsyncDisposable {
  readonly child: ReturnType<typeof start>
  /** Its output so far. */
  readonly stdout: string
  readonly stderr: string
  /**
   * Resolves when it has ended and its output has been read: with the exit code, or null after a
   * signal.
   */
  readonly exited: Promise<number | null>
}

/** Starts a program and reads its output while it runs. Disposing kills it. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): RunningProgram {
  const child = start(command, args, options)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (bytes: Buffer) => (stdout += bytes.toString()))
  child.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString()))
  const exited = child.then(({ exitCode }) => exitCode ?? null)
  return {
    child,
    get stdout() {
      return stdout
    },
    get stderr() {
      return stderr
    },
    exited,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

function start(
  command: string,
  args: readonly string[],
  { environment = {}, stdout, stderr }: ProgramOptions,
) {
  return execa(command, args, {
    env: environment,
    stdin: 'ignore',
    // By default execa kills a program that takes 5 s to end, as on a busy machine.
    forceKillAfterDelay: false,
    stdout: isDescriptor(stdout) ? stdout : 'pipe',
    stderr: isDescriptor(stderr) ? stderr : 'pipe',
    buffer: false,
    reject: false,
  })
}

/** execa passes on any open descriptor, but its types allow only 1 and 2. */
function isDescriptor(value: number | undefined): value is 1 {
  return value !== undefined
}
