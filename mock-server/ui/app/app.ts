import type { State } from './state.ts'
import { initialState } from './state.ts'

/** What happens by itself is drawn at most ten times a second. */
const BETWEEN_RENDERS_MS = 100

export const state: State = initialState(location.hash, readTheme())

let draw: (() => void) | undefined
let lastDrawnMs = -Infinity
let timer: ReturnType<typeof setTimeout> | undefined
let frame: number | undefined

/** Says what draws the state. It is called once at once. */
export function start(render: () => void): void {
  draw = render
  drawNow()
}

/** Changes the state; it is drawn soon. */
export function update(change: (state: State) => void): void {
  change(state)
  const waitMs = lastDrawnMs + BETWEEN_RENDERS_MS - performance.now()
  timer ??= setTimeout(drawNow, Math.max(0, waitMs))
}

/** As `update`, for what a user does: it is drawn with the next frame. */
export function respond(change: (state: State) => void): void {
  change(state)
  frame ??= requestAnimationFrame(drawNow)
}

/** Pauses and resumes what is shown of the log. Counters are never paused. */
export function pause(): void {
  respond(() => {
    state.pausedAt = state.pausedAt === undefined ? state.log.cursor : undefined
  })
}

function drawNow(): void {
  clearTimeout(timer)
  timer = undefined
  frame = undefined
  lastDrawnMs = performance.now()
  draw?.()
}

function readTheme(): string | null {
  try {
    return localStorage.getItem('theme')
  } catch {
    return null // Storage is blocked.
  }
}
