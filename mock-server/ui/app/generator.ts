import type { Call } from '../model/curl.ts'
import type { Mix } from '../model/editing-mix.ts'
import { Arrivals, kindOfEdit, scenarioOf } from '../model/editing-mix.ts'
import { go, messageOf } from './act.ts'
import { send } from './api.ts'
import { respond, state, update } from './app.ts'
import { setScenario } from './scenario-text.ts'

/** Between two looks at what is due. */
const TICK_MS = 50
/** Edits that are sent at once. */
const SLICE = 20

let stop = new AbortController()

/** Makes edits at a rate, until all are made or it is stopped. */
export async function generate(mix: Mix): Promise<void> {
  stop.abort()
  stop = new AbortController()
  const { signal } = stop
  const startedMs = performance.now()
  respond(() => {
    state.generator = { running: true, done: 0, wanted: mix.total, startedMs, note: '' }
  })
  const arrivals = new Arrivals(mix)
  let note = 'all edits are made'
  try {
    for (let done = 0; done < mix.total && !signal.aborted;) {
      const due = Math.min(arrivals.due(performance.now() - startedMs), done + SLICE)
      for (; done < due && !signal.aborted; done += 1) await send(editOf(mix, done))
      update(() => (state.generator.done = done))
      await new Promise((resolve) => {
        setTimeout(resolve, TICK_MS)
      })
    }
    if (signal.aborted) note = 'stopped'
  } catch (error) {
    note = messageOf(error)
  }
  const seconds = (performance.now() - startedMs) / 1_000
  update(({ generator }) => {
    const rate = (generator.done / Math.max(seconds, 0.001)).toFixed(1)
    state.generator = {
      ...generator,
      running: false,
      note: `${note}: ${generator.done} in ${seconds.toFixed(1)} s, ${rate} a second`,
    }
  })
}

export function stopGenerator(): void {
  stop.abort()
}

/** Shows the same edits as a scenario, which can be run again. */
export function saveAsScenario(mix: Mix): void {
  setScenario(scenarioOf(mix, sectionId()))
  go({ screen: 'scenarios' })
}

function sectionId(): number {
  return state.list.sectionId ?? state.sections[0]?.id ?? 1
}

/** Items in the order of the list take turns. */
function editOf(mix: Mix, index: number): Call {
  const items = state.items.list({ ...state.list, text: '', state: '' })
  const living = items.filter((item) => item.state !== 'deleted')
  const item = living[mix.create === 0 ? 0 : index % Math.max(1, living.length)]
  const kind = kindOfEdit(mix, index)
  if (item === undefined || kind === 'create') {
    const title = `Generated ${index + 1}`
    return {
      method: 'POST',
      path: '/items',
      body: { section: sectionId(), title, state: 'published' },
    }
  }
  if (kind === 'delete') return { method: 'DELETE', path: `/items/${item.id}` }
  if (kind === 'publish') return { method: 'POST', path: `/items/${item.id}/publish` }
  return { method: 'PATCH', path: `/items/${item.id}`, body: { title: `Edit ${index + 1}` } }
}
