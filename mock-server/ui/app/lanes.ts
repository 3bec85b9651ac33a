import type { LaneEvent } from '../model/align-lanes.ts'
import { CONTROL_URL } from './api.ts'
import { state, update } from './app.ts'

/** Events of both lanes that are kept. */
const MAX_EVENTS = 500

let source: EventSource | undefined

/** Follows the store and the proxy while their view is shown. */
export function followLanes(isShown: boolean): void {
  if (!isShown) {
    source?.close()
    source = undefined
    return
  }
  if (source !== undefined || (state.proxy?.url ?? '') === '') return
  source = new EventSource(`${CONTROL_URL}proxy/lanes`)
  source.addEventListener('open', () => setState('open'))
  source.addEventListener('error', () => setState('interrupted'))
  source.addEventListener('message', ({ data }: MessageEvent<string>) => {
    const event: LaneEvent = JSON.parse(data)
    update(() => {
      state.lanes.events = [...state.lanes.events, event].slice(-MAX_EVENTS)
    })
  })
}

function setState(text: string): void {
  update(() => {
    state.lanes.state = text
  })
}
