import { join } from 'node:path'

import { execa } from 'execa'

const DEADLINE_MS = 40_000

export interface ProgramOptions {
  /** Added to an environment without any setting of the store. */
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly cwd?: string | undefined
  /** File descriptors that it writes to; default: pipes that are read. */
  readonly stdout?: number | undefined
  readonly stderr?: number | undefined
}

/**
 * Node's arguments to run a script of this folder: compiled once for all tests, or else at each
 * start.
 */
function programOf(script: string): readonly string[] {
  const compiled = process.env['TEST_COMPILED']
  if (compiled !== undefined) return [join(compiled, 'mock-server', script.replace(/ts$/, 'js'))]
  // The loader is named by its URL: a bare `tsx` would be resolved from `cwd`.
  return ['--import', import.meta.resolve('tsx'), join(import.meta.dirname, '..', script)]
}

/** execa hands on any descriptor that is open; its types know 1 and 2 only. */
function isDescriptor(value: number | undefined): value is 1 {
  return value !== undefined
}

function start(
  script: string,
  args: readonly string[],
  { env = {}, cwd, stdout, stderr }: ProgramOptions,
) {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('MCS_'))
  return execa(process.execPath, [...programOf(script), ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    extendEnv: false,
    env: { ...Object.fromEntries(clean), ...env },
    stdin: 'ignore',
    // By default execa kills a program that takes 5 s to end, as on a busy machine.
    forceKillAfterDelay: false,
    stdout: isDescriptor(stdout) ? stdout : 'pipe',
    stderr: isDescriptor(stderr) ? stderr : 'pipe',
    buffer: false,
    reject: false,
  })
}

/** A program of this folder in its own process. Disposal kills it. */
export class RunningProgram implements AsyncDisposable {
  readonly #child: ReturnType<typeof start>
  readonly #exit: Promise<number | null>
  #stdout = ''
  #stderr = ''

  constructor(script: string, args: readonly string[], options: ProgramOptions = {}) {
    this.#child = start(script, args, options)
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()))
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()))
    this.#exit = this.#child.then(({ exitCode }) => exitCode ?? null)
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /**
   * First group of the first match on standard output. Throws at the deadline, and when the program
   * exits first.
   */
  async printed(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void =>
        done(() => reject(new Error(`${why} without ${String(pattern)}:\n${this.#stderr}`)))
      const timer = setTimeout(() => fail(`${DEADLINE_MS} ms passed`), DEADLINE_MS)
      const done = (settle: () => void): void => {
        clearTimeout(timer)
        this.#child.stdout?.off('data', look)
        settle()
      }
      const look = (): void => {
        const match = pattern.exec(this.#stdout)
        if (match !== null) done(() => resolve(match[1] ?? match[0]))
      }
      this.#child.stdout?.on('data', look)
      void this.#exit.then((code) => fail(`it ended with ${String(code)}`))
      look()
    })
  }

  /** Closes the read ends of its output. */
  stopReading(): void {
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Exit code, or null when a signal ended it. Kills the program at the deadline and throws. */
  async exited(): Promise<number | null> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.#child.kill('SIGKILL')
        reject(
          new Error(`it did not end within ${DEADLINE_MS} ms:\n${this.#stdout}${this.#stderr}`),
        )
      }, DEADLINE_MS)
    })
    try {
      return await Promise.race([this.#exit, late])
    } finally {
      clearTimeout(timer)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }
}
