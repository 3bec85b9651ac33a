import type { JournalEntry } from '../report/journal-entry.ts'
import { mergePhases } from '../report/merge.ts'

/** Phases of the leading shard alone. */
const LEADER_ONLY = /^publish /

interface ProgressOptions {
  readonly shards: number
  /** Phases are not printed. */
  readonly isQuiet: boolean
  readonly log: (line: string) => void
  /** Called with what the run does now. */
  readonly onActivity: (activity: string) => void
  /** Called when all shards have completed a phase. */
  readonly onPhase: (name: string) => void
}

/**
 * Prints the progress of a run: a phase when all shards have completed it, faults and failed checks
 * at once.
 */
export class Progress {
  readonly #options: ProgressOptions
  readonly #phases = new Map<string, JournalEntry[]>()
  readonly #skipped = new Set<string>()

  constructor(options: ProgressOptions) {
    this.#options = options
  }

  add(entry: JournalEntry): void {
    const { log, onActivity } = this.#options
    switch (entry.kind) {
      case 'begin':
        onActivity(entry.name + (entry.lastsMs === undefined ? '' : ` (${entry.lastsMs / 1000} s)`))
        break
      case 'phase':
        this.#addPhase(entry.name, entry)
        break
      case 'check':
        if (!entry.isOk) log(`✗ ${entry.name}: ${entry.detail}`)
        break
      case 'skip':
        if (!this.#skipped.has(entry.text)) log(`- not verified: ${entry.text}`)
        this.#skipped.add(entry.text)
        break
      case 'fault':
        log(`  fault: ${entry.text}`)
        break
      case 'stats':
      case 'latency':
      case 'fan-out':
      case 'lag':
      case 'sequence':
        break
    }
  }

  #addPhase(name: string, entry: JournalEntry): void {
    const { shards, isQuiet, log, onPhase } = this.#options
    const entries = [...(this.#phases.get(name) ?? []), entry]
    this.#phases.set(name, entries)
    if (entries.length < (LEADER_ONLY.test(name) ? 1 : shards)) return
    this.#phases.delete(name) // The next round has the same phases.
    onPhase(name)
    if (isQuiet) return
    for (const { tookMs, facts } of mergePhases(entries)) {
      const shown = Object.entries(facts).map(([fact, value]) => `${fact} ${value}`)
      log(`  ${[`${name}: ${tookMs} ms`, ...shown].join(', ')}`)
    }
  }
}
