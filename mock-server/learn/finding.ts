import type { KnobName } from '../knobs.ts'

/** What is known about one setting: a value, or why there is none. */
export type Finding =
  | { readonly kind: 'seen'; readonly value: unknown; readonly note?: string | undefined }
  | { readonly kind: 'unseen'; readonly reason: string }

/** Everything that was found out about one store. */
export class Findings {
  readonly settings = new Map<KnobName, Finding>()
  /** Points that no setting changes: what was asked, and what the store does. */
  readonly fixed = new Map<string, string>()

  saw(knob: KnobName, value: unknown, note?: string): void {
    this.settings.set(knob, { kind: 'seen', value, note })
  }

  /** Keeps what an earlier probe saw. */
  missed(knobs: readonly KnobName[], reason: string): void {
    for (const knob of knobs) {
      if (this.settings.get(knob)?.kind !== 'seen')
        this.settings.set(knob, { kind: 'unseen', reason })
    }
  }

  value(knob: KnobName): unknown {
    const finding = this.settings.get(knob)
    return finding?.kind === 'seen' ? finding.value : undefined
  }
}
