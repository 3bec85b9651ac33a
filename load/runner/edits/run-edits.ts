import { setTimeout as pause } from 'node:timers/promises'

import { execa } from 'execa'

/** One run of the user's command. */
export interface Edit {
  /** From 1. */
  readonly number: number
  readonly startedMs: number
  readonly endedMs: number
  /** Lines that it printed: texts that data of an event must contain. */
  readonly expected: readonly string[]
  /** Why the command failed; undefined = it exited with 0. */
  readonly failure: string | undefined
}

export interface EditOptions {
  /** For a shell. The variable EDIT is the number of the edit, from 1. */
  readonly command: string
  readonly everyMs: number
  /** How long edits are begun. */
  readonly forMs: number
  /** A command that takes longer is ended, and has failed. */
  readonly patienceMs: number
  readonly signal: AbortSignal
}

const MAX_OUTPUT_BYTES = 1 << 16

/** Makes edits by the user's command, on a schedule, one at a time. */
export async function runEdits(options: EditOptions): Promise<readonly Edit[]> {
  const { everyMs, forMs, signal } = options
  const edits: Edit[] = []
  const begunMs = Date.now()
  while (!signal.aborted) {
    const dueMs = begunMs + edits.length * everyMs
    if (dueMs >= begunMs + forMs || Date.now() >= begunMs + forMs) break
    await pause(Math.max(0, dueMs - Date.now()), undefined, { signal })
    edits.push(await runEdit(edits.length + 1, options))
  }
  return edits
}

async function runEdit(
  number: number,
  { command, patienceMs, signal }: EditOptions,
): Promise<Edit> {
  const startedMs = Date.now()
  const result = await execa('sh', ['-c', command], {
    env: { EDIT: String(number) },
    stdin: 'ignore',
    timeout: patienceMs,
    cancelSignal: signal,
    maxBuffer: MAX_OUTPUT_BYTES,
    reject: false,
  })
  return {
    number,
    startedMs,
    endedMs: Date.now(),
    expected: result.stdout
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean),
    failure: result.failed ? failureOf(result, patienceMs) : undefined,
  }
}

interface Failed {
  readonly timedOut: boolean
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly stderr: string
}

function failureOf({ timedOut, exitCode, signal, stderr }: Failed, patienceMs: number): string {
  if (timedOut) return `it took longer than ${patienceMs / 1000} s (--patience)`
  const output = stderr.replaceAll(/\s+/g, ' ').trim()
  return `${exitCode === undefined ? signal : `exit code ${exitCode}`} ${output}`.trim()
}
