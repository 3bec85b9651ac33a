import { respond, state } from './app.ts'

/** Pauses and resumes what is shown of the log. Counters are never paused. */
export function pause(): void {
  respond(() => {
    state.pausedAt = state.pausedAt === undefined ? state.log.cursor : undefined
  })
}
