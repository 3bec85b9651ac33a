import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { z } from 'zod'

const report = z.record(z.string(), z.unknown())

export type Report = Readonly<z.infer<typeof report>>

/** A program that says what it does in JSON lines, and ends with the benchmark. */
export class Talker implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #reports: Report[] = []
  #heard: (() => void) | undefined

  /** `cpu` = the core it is tied to; undefined = any. */
  constructor(command: string, args: readonly string[], cpu: number | undefined) {
    const pinned = cpu === undefined ? [] : ['taskset', '-c', String(cpu)]
    const [file = '', ...rest] = [...pinned, command, ...args]
    this.#child = spawn(file, rest)
    this.#child.stderr.pipe(process.stderr)
    createInterface(this.#child.stdout).on('line', (line) => {
      this.#reports.push(report.parse(JSON.parse(line)))
      this.#heard?.()
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  say(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** All reports of a kind so far; the proxy's own start-up line says `event` where the fleet says `kind`. */
  all(kind: string): readonly Report[] {
    return this.#reports.filter((candidate) => (candidate['kind'] ?? candidate['event']) === kind)
  }

  /** Waits until there are this many reports of a kind, and gives the last; fails after the time. */
  async hear(kind: string, count = 1, withinMs = 60_000): Promise<Report> {
    const deadline = Date.now() + withinMs
    for (;;) {
      const last = this.all(kind)[count - 1]
      if (last !== undefined) return last
      const leftMs = deadline - Date.now()
      if (leftMs <= 0) throw new Error(`no ${kind} number ${count} within ${withinMs} ms`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs)
        this.#heard = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM')
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'exit')
    }
  }
}

export function numberOf(value: Report, key: string): number {
  return z.number().parse(value[key])
}
