import type { KnobName } from '../knobs.ts'

/** A setting that was learned, or the reason why it was not. */
export type Finding =
  | { readonly kind: 'seen'; readonly value: unknown; readonly note?: string | undefined }
  | { readonly kind: 'unseen'; readonly reason: string }

/** Everything that was learned about one store. */
export class Findings {
  readonly settings = new Map<KnobName, Finding>()
  /** Points that no setting changes: the question, and the behaviour of the store. */
  readonly fixed = new Map<string, string>()

  saw(knob: KnobName, value: unknown, note?: string): void {
    this.settings.set(knob, { kind: 'seen', value, note })
  }

  /** Does not replace a value that an earlier probe has learned. */
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
