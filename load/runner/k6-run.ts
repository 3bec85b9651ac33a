import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { z } from 'zod'

import type { JournalEntry } from '../lib/journal.ts'
import type { Summary } from '../report/merge.ts'
import { startProgram, within } from '../process/program.ts'
import type { Plan } from './plan.ts'

export interface K6Options {
  readonly k6: string
  /** Which of the processes this is, from 1. */
  readonly index: number
  readonly plan: Plan
  readonly scenario: string
  /** What the script reads by `__ENV`. */
  readonly settings: Readonly<Record<string, string>>
  readonly scratchDir: string
  readonly signal: AbortSignal
  /** Told the process id, for measuring. */
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
/** Eight hours of rounds write less; a scenario that writes more is out of hand. */
const MAX_ENTRIES = 200_000

const facts = z.record(z.string(), z.number())
const journalEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('phase'), name: z.string(), tookMs: z.number(), facts }),
  z.object({ kind: z.literal('check'), name: z.string(), isOk: z.boolean(), detail: z.string() }),
  z.object({ kind: z.literal('fault'), text: z.string() }),
  z.object({ kind: z.literal('stats'), facts }),
  z.object({
    kind: z.literal('latency'),
    step: z.string(),
    buckets: z.array(z.object({ upToMicros: z.number(), count: z.number() })),
  }),
  z.object({
    kind: z.literal('fan-out'),
    step: z.string(),
    events: z.array(z.object({ number: z.number(), lastMs: z.number() })),
    sentMs: z.array(z.number()),
  }),
])
const summarySchema = z.object({
  metrics: z.record(
    z.string(),
    z.object({
      type: z.enum(['counter', 'gauge', 'rate', 'trend']),
      values: facts,
      thresholds: z.record(z.string(), z.object({ ok: z.boolean() })).optional(),
    }),
  ),
})

/** Runs one scenario in k6 to its end. Throws when k6 ends without a verdict. */
export async function runK6(options: K6Options): Promise<K6Result> {
  const { k6, index, plan, scenario, settings, scratchDir, signal, onEntry, onLine } = options
  const summaryPath = join(scratchDir, `summary-${index}.json`)
  const variables = Object.entries({ ...settings, SUMMARY: summaryPath })
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
      ...segmentFlags(index, plan),
      ...variables.flatMap(([name, value]) => ['-e', `${name}=${value}`]),
      join(SCENARIOS, `${scenario}.ts`),
    ],
    // Load tests talk to loopback only: no usage report, no build of extensions elsewhere.
    variables: { K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' },
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
  const { exitCode, lastLines } = await within(program.ended, signal)
  if (exitCode !== 0 && exitCode !== THRESHOLDS_CROSSED) {
    throw new Error(`k6 ${index} ended with ${exitCode}:\n${lastLines.join('\n')}`)
  }
  const summary = summarySchema.parse(JSON.parse(await readFile(summaryPath, 'utf8')))
  return { exitCode, summary, journal }
}

/** Segments are equal parts of 1: `0:1/2` and `1/2:1`. [k6] The sequence keeps them in step. */
function segmentFlags(index: number, { processes, addresses }: Plan): readonly string[] {
  const flags = addresses.length === 0 ? [] : ['--local-ips', addresses.join(',')]
  if (processes === 1) return flags
  const edges = Array.from({ length: processes + 1 }, (_, edge) => {
    return edge % processes === 0 ? `${edge / processes}` : `${edge}/${processes}`
  })
  const segment = `${edges[index - 1]}:${edges[index]}`
  return [...flags, '--execution-segment', segment, '--execution-segment-sequence', edges.join(',')]
}

function readEntry(line: string): JournalEntry | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return journalEntry.safeParse(JSON.parse(line)).data
  } catch {
    return undefined // A line of k6 that begins with a brace is shown as it is.
  }
}
