import type { CheckEntry } from '../../report/merge.ts'
import type { JournalEntry } from '../../report/journal-entry.ts'
import type { Edit } from './run-edits.ts'

/** An event that most of the streams received. */
interface ArrivedEvent {
  readonly text: string
  readonly firstMs: number
  readonly lastMs: number
}

export interface EditJudgement {
  readonly checks: readonly CheckEntry[]
  readonly faults: readonly string[]
  /** Delays from the start of each command to the first and to the last stream. */
  readonly delays: readonly JournalEntry[]
}

const STEP = 'edits, from the start of the command'
const MAX_REASON = 300

/**
 * Each edit must be followed by an event: one whose data contains each line that the command has
 * printed, or, if it has printed none, any event that no earlier edit has claimed.
 */
export function judgeEdits(
  edits: readonly Edit[],
  events: readonly ArrivedEvent[],
  patienceMs: number,
): EditJudgement {
  const faults: string[] = []
  const claimed = new Set<ArrivedEvent>()
  const found = edits.flatMap((edit) => {
    const { number, startedMs, endedMs, expected, failure } = edit
    if (failure !== undefined) {
      faults.push(`edit ${number}: the command failed: ${failure.slice(0, MAX_REASON)}`)
      return []
    }
    const wanted = expected.length === 0 ? [undefined] : expected
    const arrived = wanted.map((text) => {
      const event = events.find((candidate) => {
        const isInTime = candidate.firstMs >= startedMs && candidate.firstMs <= endedMs + patienceMs
        const isRight = text === undefined ? !claimed.has(candidate) : candidate.text.includes(text)
        return isInTime && isRight
      })
      if (event === undefined) {
        const what = text === undefined ? 'no event' : `no event with ${JSON.stringify(text)}`
        faults.push(`edit ${number}: ${what} arrived within ${patienceMs / 1000} s`)
      } else claimed.add(event)
      return event
    })
    const whole = arrived.filter((event) => event !== undefined)
    return whole.length === arrived.length ? [{ edit, events: whole }] : []
  })
  const failed = edits.filter(({ failure }) => failure !== undefined).length
  return {
    checks: [
      check('edit commands that exit with 0', edits.length - failed, edits.length),
      check('edits that are followed by their events', found.length, edits.length - failed),
    ],
    faults,
    delays: delaysOf(found),
  }
}

function check(name: string, actual: number, expected: number): CheckEntry {
  const isOk = actual === expected && expected > 0
  const detail = isOk ? `${actual}` : `expected ${expected}, got ${actual}`
  return { kind: 'check', name, isOk, detail }
}

function delaysOf(
  found: readonly { readonly edit: Edit; readonly events: readonly ArrivedEvent[] }[],
): readonly JournalEntry[] {
  const buckets = found.map(({ edit, events }) => {
    const firstMs = Math.max(...events.map((event) => event.firstMs))
    return { upToMicros: Math.round((firstMs - edit.startedMs) * 1000), count: 1 }
  })
  return [
    { kind: 'latency', step: STEP, buckets },
    ...found.map(({ edit, events }): JournalEntry => {
      const lastMs = Math.max(...events.map((event) => event.lastMs))
      return {
        kind: 'fan-out',
        step: STEP,
        first: edit.number,
        dueMs: [edit.startedMs],
        events: [{ number: edit.number, lastMs }],
      }
    }),
  ]
}
