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
  /** How long edits are begun after the first one. */
  readonly forMs: number
  /** A command that takes longer is killed, with all it has started, and has failed. */
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
    const isOver = dueMs >= begunMs + forMs || Date.now() >= begunMs + forMs
    if (edits.length > 0 && isOver) break
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
  const child = execa('sh', ['-c', command], {
    env: { EDIT: String(number) },
    stdin: 'ignore',
    // A process group of its own: the end of the shell alone does not end what it has started.
    detached: true,
    maxBuffer: MAX_OUTPUT_BYTES,
    reject: false,
  })
  const kill = () => {
    killGroup(child.pid)
    // A process that has left the group may keep these open.
    child.stdout.destroy()
    child.stderr.destroy()
  }
  let isLate = false
  const deadline = setTimeout(() => {
    isLate = true
    kill()
  }, patienceMs)
  signal.addEventListener('abort', kill)
  process.on('exit', kill)
  const result = await child
  clearTimeout(deadline)
  signal.removeEventListener('abort', kill)
  process.off('exit', kill)
  const expected = result.stdout
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  const lateness = isLate ? `it took longer than ${patienceMs / 1000} s (--patience)` : undefined
  const failure = lateness ?? (result.failed ? failureOf(result) : undefined)
  return { number, startedMs, endedMs: Date.now(), expected, failure }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // All processes of the group have ended.
  }
}

interface Failed {
  readonly isMaxBuffer: boolean
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly stderr: string
}

function failureOf({ isMaxBuffer, exitCode, signal, stderr }: Failed): string {
  if (isMaxBuffer) return `it printed more than ${MAX_OUTPUT_BYTES.toLocaleString('en')} bytes`
  const output = stderr.replaceAll(/\s+/g, ' ').trim()
  return `${exitCode === undefined ? signal : `exit code ${exitCode}`} ${output}`.trim()
}
