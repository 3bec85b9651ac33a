import { execa } from 'execa'

export interface ProgramOptions {
  /** Added to the environment of this process. */
  readonly environment?: NodeJS.ProcessEnv
  /** Descriptors in place of pipes that are read. */
  readonly stdout?: number | undefined
  readonly stderr?: number | undefined
}

export interface RunningProgram extends AsyncDisposable {
  readonly child: ReturnType<typeof start>
  /** What it has printed so far. */
  readonly stdout: string
  readonly stderr: string
  /** Settles when it has ended and its output is read: with the exit code, or null when a signal ended it. */
  readonly exited: Promise<number | null>
}

/** Starts a program that is read as long as it runs. Disposing kills it. */
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
    stdout: isDescriptor(stdout) ? stdout : 'pipe',
    stderr: isDescriptor(stderr) ? stderr : 'pipe',
    buffer: false,
    reject: false,
  })
}

/** execa hands on any descriptor that is open; its types know 1 and 2 only. */
function isDescriptor(value: number | undefined): value is 1 {
  return value !== undefined
}
