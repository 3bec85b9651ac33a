import type { Mistake } from '../model/api-types.ts'
import { send } from './api.ts'
import { respond, state, update } from './app.ts'

/** From the last key to the check. */
const QUIET_MS = 300

let waiting: ReturnType<typeof setTimeout> | undefined

/** A new text of the scenario. The store checks it once no more is typed for a moment. */
export function setScenario(yaml: string): void {
  respond(() => {
    state.yaml = yaml
    state.mistakes = undefined
  })
  clearTimeout(waiting)
  waiting = setTimeout(() => void check(yaml), QUIET_MS)
}

async function check(yaml: string): Promise<void> {
  const mistakes = yaml === '' ? [] : await mistakesOf(yaml)
  // More may have been typed since.
  if (state.yaml === yaml) update(() => (state.mistakes = mistakes))
}

async function mistakesOf(yaml: string): Promise<readonly Mistake[]> {
  try {
    const call = { method: 'POST', path: '/scenarios/check', body: yaml } as const
    return (await send<{ mistakes: readonly Mistake[] }>(call)).mistakes
  } catch (error) {
    return [{ line: 1, column: 1, path: '', message: `it cannot be checked: ${String(error)}` }]
  }
}

/** Where a mistake is in the text, as an offset. */
export function offsetOf(yaml: string, { line, column }: Mistake): number {
  const before = yaml.split('\n').slice(0, line - 1)
  return before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1
}
