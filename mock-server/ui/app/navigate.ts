import { readRoute } from '../model/route.ts'
import { messageOf, notify } from './act.ts'
import { respond, state } from './app.ts'
import { followLanes } from './lanes.ts'
import {
  loadClients,
  loadFaults,
  loadItem,
  loadPresets,
  loadProxy,
  loadScenarios,
  loadTools,
} from './refresh.ts'

/** Shows what the fragment of the address says, and reads what that needs. */
export function showRoute(fragment: string): void {
  const route = readRoute(fragment)
  respond(() => {
    state.route = route
    if (state.item !== undefined && String(state.item.id) !== route.id) {
      state.item = undefined
      state.effects = undefined
      state.editing = undefined
    }
    if (route.screen !== 'studio' || route.id !== String(state.item?.id ?? '')) state.form = {}
    if (route.query['section'] !== undefined) state.list.sectionId = Number(route.query['section'])
  })
  if (route.screen !== 'streams') followLanes(false)
  needed().catch((error: unknown) => notify(messageOf(error), true))
}

async function needed(): Promise<void> {
  const { screen, id } = state.route
  switch (screen) {
    case 'studio':
      return loadItem(id)
    case 'clients':
      return loadClients()
    case 'faults':
      await Promise.all([loadFaults(), loadPresets()])
      return
    case 'scenarios':
      return loadScenarios()
    case 'tools':
      await Promise.all([loadTools(), loadProxy()])
      return
    case 'streams':
      await loadProxy()
      return followLanes(state.route.screen === 'streams')
    case 'log':
    case 'generator':
  }
}
