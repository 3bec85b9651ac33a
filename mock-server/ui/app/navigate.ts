import { readRoute } from '../model/route.ts'
import { messageOf, notify } from './act.ts'
import { respond, state } from './app.ts'
import { followLanes } from './lanes.ts'
import { loadItem, loadScreen } from './refresh.ts'

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
  await (screen === 'studio' ? loadItem(id) : loadScreen())
  if (state.route.screen === 'streams') followLanes(true)
}
