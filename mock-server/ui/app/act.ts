import { curlOf } from '../model/curl.ts'
import { readRoute, writeRoute } from '../model/route.ts'
import type { Route } from '../model/route.ts'
import { CONTROL_URL, send } from './api.ts'
import { respond, state } from './app.ts'
import { beat } from './pulse.ts'
import { loadItem } from './refresh.ts'
import type { Action } from './state.ts'

const NOTICE_MS = 6_000

/** Does it, or asks first. Its command is shown either way. */
export function act(action: Action): void {
  respond(() => {
    state.command = curlOf(action.call, CONTROL_URL)
    if (action.confirm !== undefined) state.asking = action
  })
  if (action.confirm === undefined) void perform(action)
}

/** The answer to the question of an action. */
export function answer(isYes: boolean): void {
  const { asking } = state
  // This gives the focus back.
  document.querySelector('dialog')?.close()
  respond(() => {
    state.asking = undefined
  })
  if (isYes && asking !== undefined) void perform(asking)
}

async function perform(action: Action): Promise<void> {
  try {
    const result = await send(action.call)
    const said = await action.after?.(result)
    notify(`${action.label}: ${typeof said === 'string' ? said : 'done'}`)
  } catch (error) {
    notify(`${action.label}: ${messageOf(error)}`, true)
  }
  // Its own change is not one of another editor, and after a 412 the form says who was faster.
  await loadItem(readRoute(location.hash).id).catch(() => {})
  await beat().catch(() => {}) // The next turn says that the store does not answer.
}

export function notify(text: string, isError = false): void {
  const notice = { text, isError }
  respond(() => {
    state.notice = notice
  })
  setTimeout(() => {
    if (state.notice !== notice) return
    respond(() => {
      state.notice = undefined
    })
  }, NOTICE_MS)
}

/** Shows the command of an action that is pointed at. */
export function pointAt(action: Action): void {
  const command = curlOf(action.call, CONTROL_URL)
  if (state.command === command) return
  respond(() => {
    state.command = command
  })
}

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    notify('copied')
  } catch {
    notify('this browser does not let the page copy; select the text instead', true)
  }
}

/** Leads to another view of the page, which has an address of its own. */
export function go(route: Partial<Route>): void {
  location.hash = writeRoute(route)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
