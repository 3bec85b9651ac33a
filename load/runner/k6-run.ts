import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { z } from 'zod'

import { LoadError } from '../errors.ts'
import { type JournalEntry, journalEntry } from '../report/journal-entry.ts'
import type { Summary } from '../report/merge.ts'
import { abortable, startProgram } from '../process/program.ts'
import { k6Environment } from './k6-environment.ts'
import { flagsOfProcess, variablesOfProcess } from './k6-flags.ts'
import type { Plan } from './plan.ts'

export interface K6Options {
  readonly k6: string
  /** Number of this process, from 1. */
  readonly index: number
  readonly plan: Plan
  /** File in `load/scenarios`, without `.ts`. */
  readonly script: string
  /** The variables in the script's `__ENV`. */
  readonly variables: Readonly<Record<string, string>>
  /** Flags of k6 that the user chose. */
  readonly flags?: readonly string[] | undefined
  readonly scratchDir: string
  readonly signal: AbortSignal
  /** Called with the process id, for measuring. */
  readonly onStart: (pid: number | undefined) => void
  readonly onEntry: (entry: JournalEntry) => void
  /** Any other line that k6 prints: warnings, errors. */
  readonly onLine: (line: string) => void
}

export interface K6Result {
  readonly exitCode: number
  readonly summary: Summary
  readonly journal: readonly JournalEntry[]
}

const SCENARIOS = fileURLToPath(new URL('../scenarios', import.meta.url))
/** k6's exit code when a threshold was crossed. */
const THRESHOLDS_CROSSED = 99
/** Eight hours of rounds write less. A scenario that writes more is faulty. */
const MAX_ENTRIES = 200_000

const summarySchema = z.object({
  metrics: z.record(
    z.string(),
    z.object({
      type: z.enum(['counter', 'gauge', 'rate', 'trend']),
      values: z.record(z.string(), z.number()),
      thresholds: z.record(z.string(), z.object({ ok: z.boolean() })).optional(),
    }),
  ),
})

/** Runs one scenario in k6 to its end. Throws `crashed` when k6 exits without a verdict. */
export async function runK6(options: K6Options): Promise<K6Result> {
  const { k6, index, plan, script, scratchDir, signal, onEntry, onLine } = options
  const summaryPath = join(scratchDir, `summary-${index}.json`)
  // Without it k6 reads the user's own, which can change what it does.
  const configPath = join(scratchDir, `k6-${index}.json`)
  await writeFile(configPath, '{}')
  const journal: JournalEntry[] = []
  await using program = startProgram({
    name: `k6 ${index}`,
    command: k6,
    args: [
      'run',
      '--quiet',
      '--no-color',
      '--log-format',
      'raw',
      '--config',
      configPath,
      ...segmentFlags(index, plan),
      ...flagsOfProcess(options.flags ?? [], index),
      join(SCENARIOS, `${script}.ts`),
    ],
    environment: k6Environment(process.env, {
      ...variablesOfProcess(process.env, index),
      ...options.variables,
      SUMMARY: summaryPath,
    }),
    onLine: (line) => {
      const entry = readEntry(line)
      if (entry === undefined) onLine(line)
      else if (journal.length < MAX_ENTRIES) {
        journal.push(entry)
        onEntry(entry)
      }
    },
  })
  options.onStart(program.pid)
  const { exitCode, lastLines } = await abortable(program.ended, signal)
  if (exitCode !== 0 && exitCode !== THRESHOLDS_CROSSED) {
    const ended = `k6 ${index} ended with ${exitCode}`
    throw new LoadError('crashed', `${ended}:\n${lastLines.join('\n')}`)
  }
  return { exitCode, summary: await readSummary(summaryPath, index), journal }
}

async function readSummary(path: string, index: number): Promise<Summary> {
  try {
    return summarySchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    const message = `k6 ${index} wrote no readable summary: ${String(cause)}`
    throw new LoadError('crashed', message, { cause })
  }
}

/**
 * Segments divide 1 equally: `0:1/2` and `1/2:1`. [k6] The sequence makes the segments of all
 * processes consistent.
 */
function segmentFlags(index: number, { processes, addresses }: Plan): readonly string[] {
  const flags = addresses.length === 0 ? [] : ['--local-ips', addresses.join(',')]
  if (processes === 1) return flags
  const edges = Array.from({ length: processes + 1 }, (_, edge) => {
    return edge % processes === 0 ? `${edge / processes}` : `${edge}/${processes}`
  })
  const segment = `${edges[index - 1]}:${edges[index]}`
  return [
    ...flags,
    '--execution-segment',
    segment,
    '--execution-segment-sequence',
    edges.join(','),
    // Without it an output takes the samples of all processes for those of one.
    '--tag',
    `instance_id=${index}`,
  ]
}

function readEntry(line: string): JournalEntry | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return journalEntry.safeParse(JSON.parse(line)).data
  } catch {
    return undefined // A line of k6 that only looks like an entry.
  }
}
