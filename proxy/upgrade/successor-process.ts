import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'

import { ProxyError } from '../errors.ts'
import { redact } from '../redact.ts'
import type { ToPredecessor, ToSuccessor } from './messages.ts'

/** In the environment of a process that takes over from its parent. */
export const SUCCESSOR = 'SSE_PROXY_TAKES_OVER'
/** Descriptor of the first listening socket: 0 to 2 are standard streams, 3 is the channel. */
export const FIRST_SOCKET = 4

/** The program of this process as it is on disk now, with the same arguments. */
export interface Program {
  readonly command: string
  readonly args: readonly string[]
}

/** Time in which a process that has closed its channel ends. */
const CLOSE_MS = 500

export type Reply<Kind extends ToPredecessor['kind']> = Extract<ToPredecessor, { kind: Kind }>

/** A new process that is to take over from this one. */
export class SuccessorProcess {
  readonly #child: ChildProcess
  #hasEnded = false
  #reason: string | undefined
  #workers: readonly number[] = []
  readonly #listeners = new Set<(message: ToPredecessor) => void>()
  readonly #endListeners = new Set<() => void>()

  /** Starts it with copies of these descriptors. */
  constructor({ command, args }: Program, descriptors: readonly number[]) {
    this.#child = spawn(command, args, {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...descriptors],
      env: { ...process.env, [SUCCESSOR]: '1' },
      serialization: 'advanced',
    })
    this.#child.on('message', (message: ToPredecessor) => {
      if (message.kind === 'failed') this.#reason = message.reason
      if (message.kind === 'workers') this.#workers = message.pids
      for (const listener of this.#listeners) listener(message)
    })
    this.#child.on('error', (error) => this.#end(error.message))
    // Comes after its last message, unlike `exit`.
    this.#child.on('close', (code, signal) => {
      this.#end(signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`)
    })
    this.#child.on('disconnect', () => {
      setTimeout(() => this.#end('it closed its channel'), CLOSE_MS).unref()
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  onMessage(listener: (message: ToPredecessor) => void): void {
    this.#listeners.add(listener)
  }

  /** Settles when the message has been sent. Rejects when the process has ended, or at `until`. */
  async send(message: ToSuccessor, until: AbortSignal, socket?: Socket): Promise<void> {
    await this.#unlessEnded(until, (resolve) => {
      this.#child.send(message, socket, { keepOpen: true }, (error) => {
        // What the error means is reported by the end of the process.
        if (error === null) resolve()
      })
    })
  }

  /** Sends a message that needs no answer; it is dropped when the process has ended. */
  post(message: ToSuccessor): void {
    if (this.#child.connected) this.#child.send(message, ignore)
  }

  /** The next message of this kind. */
  async expect<Kind extends ToPredecessor['kind']>(
    kind: Kind,
    until: AbortSignal,
  ): Promise<Reply<Kind>> {
    return await this.#unlessEnded<Reply<Kind>>(until, (resolve) => {
      const listener = (message: ToPredecessor): void => {
        if (!isOf(message, kind)) return
        this.#listeners.delete(listener)
        resolve(message)
      }
      this.#listeners.add(listener)
    })
  }

  /** Its workers, too: one that hangs would not notice. */
  kill(): void {
    for (const pid of this.#workers) endProcess(pid)
    this.#child.kill('SIGKILL')
  }

  /** It runs on its own from now on. */
  leave(): void {
    if (this.#child.connected) this.#child.disconnect()
    this.#child.unref()
  }

  #end(how: string): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#reason ??= how
    for (const listener of this.#endListeners) listener()
  }

  async #unlessEnded<Value = void>(
    until: AbortSignal,
    start: (resolve: (value: Value) => void) => void,
  ): Promise<Value> {
    return await new Promise<Value>((resolve, reject) => {
      const forget = (): void => {
        this.#endListeners.delete(onEnd)
        until.removeEventListener('abort', onAbort)
      }
      const onEnd = (): void => {
        forget()
        reject(failed(redact(this.#reason ?? 'it ended')))
      }
      const onAbort = (): void => {
        forget()
        reject(until.reason instanceof ProxyError ? until.reason : failed(String(until.reason)))
      }
      this.#endListeners.add(onEnd)
      until.addEventListener('abort', onAbort)
      if (this.#hasEnded) onEnd()
      else if (until.aborted) onAbort()
      else {
        start((value) => {
          forget()
          resolve(value)
        })
      }
    })
  }
}

/** Why an upgrade was taken back. */
export function failed(reason: string): ProxyError {
  return new ProxyError('upgrade-failed', reason)
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

function isOf<Kind extends ToPredecessor['kind']>(
  message: ToPredecessor,
  kind: Kind,
): message is Reply<Kind> {
  return message.kind === kind
}

function ignore(): void {}
