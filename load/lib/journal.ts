/** A fact about a run. `npm run load` reads them from k6's console output, one JSON object on a line. */
export type JournalEntry =
  | {
      readonly kind: 'phase'
      readonly name: string
      readonly tookMs: number
      readonly facts: Facts
    }
  | {
      readonly kind: 'check'
      readonly name: string
      readonly isOk: boolean
      readonly detail: string
    }
  | { readonly kind: 'fault'; readonly text: string }
  | { readonly kind: 'stats'; readonly facts: Facts }

export type Facts = Readonly<Record<string, number>>

/** Writes one entry. */
export function note(entry: JournalEntry): void {
  // k6's console is its only way out that works the same everywhere, containers included.
  console.log(JSON.stringify(entry))
}
