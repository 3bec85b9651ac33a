import type { JournalEntry } from '../report/journal-entry.ts'
import { mergePhases } from '../report/merge.ts'

/** Phases of the leading shard alone. */
const LEADER_ONLY = /^publish /

/**
 * Prints the progress of a run: a phase when all shards have completed it, faults and failed checks
 * at once.
 */
export class Progress {
  readonly #shards: number
  readonly #log: (line: string) => void
  readonly #phases = new Map<string, JournalEntry[]>()
  readonly #skipped = new Set<string>()
  readonly #onPhase: (name: string) => void

  /** `onPhase` is called when all shards have completed a phase. */
  constructor(shards: number, log: (line: string) => void, onPhase: (name: string) => void) {
    this.#shards = shards
    this.#log = log
    this.#onPhase = onPhase
  }

  add(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'phase':
        this.#addPhase(entry.name, entry)
        break
      case 'check':
        if (!entry.isOk) this.#log(`✗ ${entry.name}: ${entry.detail}`)
        break
      case 'skip':
        if (!this.#skipped.has(entry.text)) this.#log(`- not verified: ${entry.text}`)
        this.#skipped.add(entry.text)
        break
      case 'fault':
        this.#log(`  fault: ${entry.text}`)
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
    const entries = [...(this.#phases.get(name) ?? []), entry]
    this.#phases.set(name, entries)
    if (entries.length < (LEADER_ONLY.test(name) ? 1 : this.#shards)) return
    this.#phases.delete(name) // The next round has the same phases.
    this.#onPhase(name)
    for (const { tookMs, facts } of mergePhases(entries)) {
      const shown = Object.entries(facts).map(([fact, value]) => `${fact} ${value}`)
      this.#log(`  ${[`${name}: ${tookMs} ms`, ...shown].join(', ')}`)
    }
  }
}
