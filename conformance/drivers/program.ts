import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import { execa } from 'execa'

import { Deadline } from '../runner/responsive-time.ts'
import { descendantsOf, endProcesses, workerOf } from './process-tree.ts'

const POLL_MS = 20
const ANSWER_MS = 1000
const STOP_WITHIN_MS = 12_000
const LAST_WORDS_MS = 200
const KEPT_OUTPUT = 4000

export interface ProgramOptions {
  readonly command: readonly string[]
  readonly cwd: string
  readonly environment?: Readonly<Record<string, string>> | undefined
  readonly stopSignal: NodeJS.Signals
  /** Time between the stop signal and SIGKILL; default 12 s. */
  readonly stopWithinMs?: number
}

/** A program that exited unasked. */
export class EndedEarly extends Error {
  readonly exitCode: number | null
  /** `code 1`, `signal SIGSEGV` */
  readonly how: string

  constructor(exitCode: number | null, signal: NodeJS.Signals | null) {
    const how = signal === null ? `code ${exitCode}` : `signal ${signal}`
    super(`it ended with ${how}`)
    this.name = 'EndedEarly'
    this.exitCode = exitCode
    this.how = how
  }
}

export interface Readiness {
  /**
   * `passes`: the caller waits for a request at the back end, when the port accepts connections.
   */
  readonly readyWhen: 'accepts' | 'answers' | 'passes'
  readonly readyWithinMs: number
}

/** Only its newest output is kept. It ends with this process. */
function start(options: ProgramOptions & { readonly stopWithinMs: number }) {
  const { cwd, environment, stopSignal, stopWithinMs } = options
  const [program = '', ...args] = options.command
  return execa(program, args, {
    cwd,
    env: environment ?? {},
    stdin: 'ignore',
    buffer: false,
    reject: false,
    killSignal: stopSignal,
    forceKillAfterDelay: stopWithinMs,
  })
}

/** One child process. Its starter stops it. */
export class Program {
  readonly #child: ReturnType<typeof start>
  readonly #exited: Promise<EndedEarly>
  readonly #stopSignal: NodeJS.Signals
  readonly #stopWithinMs: number
  #output = ''
  #stopping = false

  constructor(options: ProgramOptions) {
    this.#stopSignal = options.stopSignal
    this.#stopWithinMs = options.stopWithinMs ?? STOP_WITHIN_MS
    this.#child = start({ ...options, stopWithinMs: this.#stopWithinMs })
    this.#exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('exit', (code, signal) => {
        const ended = (): void => resolve(new EndedEarly(code, signal))
        // The last output may still be in the pipe, and a grandchild may keep the streams open.
        this.#child.once('close', ended)
        setTimeout(ended, LAST_WORDS_MS).unref()
      })
    })
    // `ready` reports the rejection; without a call of it there is nothing to report.
    this.#exited.catch(() => {})
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-KEPT_OUTPUT)
      })
    }
  }

  /** The newest output of both streams. */
  get output(): string {
    return this.#output.trim()
  }

  /** Calls back when the program ends without having been stopped. */
  async onUnasked(ended: (early: EndedEarly) => void): Promise<void> {
    // It could not be started: `ready` reports it.
    const early = await this.#exited.catch(() => undefined)
    if (early !== undefined && !this.#stopping) ended(early)
  }

  /** Resolves when the program is ready. Rejects when it ends first, or takes too long. */
  async ready(port: number, { readyWhen, readyWithinMs }: Readiness): Promise<void> {
    const deadline = new Deadline(readyWithinMs)
    const isReady = readyWhen === 'answers' ? isAnswering : isAccepting
    const ended = this.#exited.then((early) => {
      throw early
    })
    const accepting = async (): Promise<void> => {
      while (!(await isReady(port))) {
        if (this.#child.exitCode !== null || this.#child.signalCode !== null) return await ended
        if (deadline.reached)
          throw new Error(`port ${port} ${readyWhen} nothing within ${readyWithinMs} ms`)
        await delay(POLL_MS)
      }
    }
    try {
      await Promise.race([ended, accepting()])
    } finally {
      deadline.clear()
    }
  }

  /** Kills one of the worker processes. Rejects when there is none. */
  async killChild(): Promise<void> {
    const { pid } = this.#child
    const worker = pid === undefined ? undefined : await workerOf(pid)
    if (worker === undefined)
      throw new Error('the target has no worker processes that can be found')
    process.kill(worker, 'SIGKILL')
  }

  /** Kills it and what it has started, as the end of its machine would. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#stopping = true
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const below = await descendantsOf(child.pid)
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      await endProcesses(below, 'SIGKILL', this.#stopWithinMs)
    }
  }

  /**
   * Sends the stop signal, then SIGKILL after a deadline. A wrapper such as `npm run` may end
   * before the program that it has started: that program gets the signal, too.
   */
  async stop(): Promise<void> {
    const child = this.#child
    this.#stopping = true
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const below = await descendantsOf(child.pid)
      // The result of execa would wait for a child of its own that keeps the streams open.
      const gone = once(child, 'exit')
      child.kill()
      await gone
      await endProcesses(below, this.#stopSignal, this.#stopWithinMs)
    }
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

function isAccepting(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Whether a request is answered, and not with an error of the server's own. */
async function isAnswering(port: number): Promise<boolean> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), ANSWER_MS)
  try {
    const { status } = await fetch(`http://127.0.0.1:${port}/`, { signal: controller.signal })
    return status < 500
  } catch {
    // Not yet: the caller retries.
    return false
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}
