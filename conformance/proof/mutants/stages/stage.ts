import type { RequestHead, ResponseHead } from '../http/head.ts'

/** What a stage may do, and what it may know of its exchange. */
export interface StageContext {
  readonly emit: (bytes: Buffer) => void
  /** Ends the stream properly. */
  readonly finish: () => void
  /** Ends the stream so that its reader sees that something is missing. */
  readonly fail: () => void
  readonly request: RequestHead
  readonly response: ResponseHead
}

/** One step that bytes pass on their way. What it does not define is done by passing on. */
export interface Stage {
  push(bytes: Buffer): void
  end?(): void
  abort?(): void
  /** Clears timers. Called once, whatever came before. */
  close?(): void
}

export type StageFactory = (context: StageContext) => Stage

export const passOn: StageFactory = ({ emit }) => ({ push: emit })

/** A stage that changes each piece by itself. */
export function mapPieces(edit: (bytes: Buffer) => Buffer): StageFactory {
  return ({ emit }) => ({ push: (bytes) => emit(edit(bytes)) })
}

/** A stage for exchanges of one kind only. */
export function when(
  applies: (context: StageContext) => boolean,
  stage: StageFactory,
): StageFactory {
  return (context) => (applies(context) ? stage(context) : passOn(context))
}
