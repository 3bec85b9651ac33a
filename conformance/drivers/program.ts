import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import { execa } from 'execa'

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
function start({ command: [program = '', ...args], cwd, environment, stopSignal }: ProgramOptions) {
  return execa(program, args, {
    cwd,
    env: environment ?? {},
    stdin: 'ignore',
    buffer: false,
    reject: false,
    killSignal: stopSignal,
    forceKillAfterDelay: STOP_WITHIN_MS,
  })
}

/** One child process. Its starter stops it. */
export class Program {
  readonly #child: ReturnType<typeof start>
  readonly #exited: Promise<EndedEarly>
  #output = ''
  #stopping = false

  constructor(options: ProgramOptions) {
    this.#child = start(options)
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
    const deadline = AbortSignal.timeout(readyWithinMs)
    const isReady = readyWhen === 'answers' ? isAnswering : isAccepting
    const ended = this.#exited.then((early) => {
      throw early
    })
    const accepting = async (): Promise<void> => {
      while (!(await isReady(port))) {
        if (this.#child.exitCode !== null || this.#child.signalCode !== null) return await ended
        if (deadline.aborted)
          throw new Error(`port ${port} ${readyWhen} nothing within ${readyWithinMs} ms`)
        await delay(POLL_MS)
      }
    }
    await Promise.race([ended, accepting()])
  }

  /** Kills one of the processes that this one has started. Rejects when there is none. */
  async killChild(): Promise<void> {
    const { pid } = this.#child
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
    const first = children.split(' ').map(Number).find(Boolean)
    if (first === undefined) throw new Error('the target has no worker processes that can be found')
    process.kill(first, 'SIGKILL')
  }

  /** Sends SIGTERM, then SIGKILL after a deadline. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#stopping = true
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      // The result of execa would wait for a child of its own that keeps the streams open.
      const gone = once(child, 'exit')
      child.kill()
      await gone
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
