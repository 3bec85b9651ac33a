import type { JournalEntry } from '../lib/journal.ts'
import { mergePhases } from '../report/merge.ts'

/** Phases that only the part makes which leads. */
const ONE_PART = /^publish /

/** Says what a run is doing: a phase when all parts have been through it, faults and failed checks at once. */
export class Progress {
  readonly #parts: number
  readonly #say: (line: string) => void
  readonly #phases = new Map<string, JournalEntry[]>()

  readonly #onPhase: (name: string) => void

  /** `onPhase` is told when all parts have been through a phase. */
  constructor(parts: number, say: (line: string) => void, onPhase: (name: string) => void) {
    this.#parts = parts
    this.#say = say
    this.#onPhase = onPhase
  }

  add(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'phase':
        this.#addPhase(entry.name, entry)
        break
      case 'check':
        if (!entry.isOk) this.#say(`✗ ${entry.name}: ${entry.detail}`)
        break
      case 'fault':
        this.#say(`  fault: ${entry.text}`)
        break
      case 'stats':
      case 'latency':
      case 'fan-out':
        break
    }
  }

  #addPhase(name: string, entry: JournalEntry): void {
    const entries = [...(this.#phases.get(name) ?? []), entry]
    this.#phases.set(name, entries)
    if (entries.length < (ONE_PART.test(name) ? 1 : this.#parts)) return
    this.#phases.delete(name) // The next round has the same phases.
    this.#onPhase(name)
    for (const { tookMs, facts } of mergePhases(entries)) {
      const shown = Object.entries(facts).map(([fact, value]) => `${fact} ${value}`)
      this.#say(`  ${[`${name}: ${tookMs} ms`, ...shown].join(', ')}`)
    }
  }
}
