import type { RequestHead, ResponseHead } from '../http/head.ts'

/** What a stage can do, and what it knows about its exchange. */
export interface StageContext {
  readonly emit: (bytes: Buffer) => void
  /** Ends the stream properly. */
  readonly finish: () => void
  /** Ends the stream visibly incomplete. */
  readonly fail: () => void
  readonly request: RequestHead
  readonly response: ResponseHead
}

/** One processing step for bytes. Undefined methods forward their input. */
export interface Stage {
  push(bytes: Buffer): void
  end?(): void
  abort?(): void
  /** Clears timers. Called once, in every case. */
  close?(): void
}

export type StageFactory = (context: StageContext) => Stage

export const passOn: StageFactory = ({ emit }) => ({ push: emit })

/** The ends of a stage that first releases what it holds. */
export function afterRelease(
  release: () => void,
  { finish, fail }: StageContext,
): Required<Pick<Stage, 'end' | 'abort'>> {
  return {
    end: () => {
      release()
      finish()
    },
    abort: () => {
      release()
      fail()
    },
  }
}

/** A stage that changes each piece separately. */
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
