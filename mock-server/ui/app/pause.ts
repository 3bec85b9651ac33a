import { respond, state } from './app.ts'

/** Stops what is shown of the log, and lets it go on. Counters go on all the time. */
export function pause(): void {
  respond(() => {
    state.pausedAt = state.pausedAt === undefined ? state.log.cursor : undefined
  })
}
