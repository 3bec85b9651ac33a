import type { Endpoint } from './endpoint.ts'
import { CLIENT_COMMAND_ENDPOINTS } from './endpoints/client-commands.ts'
import { CLIENT_ENDPOINTS } from './endpoints/clients.ts'
import { CLOCK_ENDPOINTS } from './endpoints/clock.ts'
import { FAULT_ENDPOINTS } from './endpoints/faults.ts'
import { OVERVIEW_ENDPOINTS } from './endpoints/overview.ts'
import { INFO_ENDPOINTS } from './endpoints/info.ts'
import { ITEM_ENDPOINTS } from './endpoints/items.ts'
import { ITEM_EDITING_ENDPOINTS } from './endpoints/item-editing.ts'
import { JOURNAL_ENDPOINTS } from './endpoints/journal.ts'
import { LIST_ENDPOINTS } from './endpoints/lists.ts'
import { NEWSGATE_ENDPOINTS } from './endpoints/newsgate.ts'
import { PROXY_ENDPOINTS } from './endpoints/proxy.ts'
import { RESET_ENDPOINTS } from './endpoints/reset.ts'
import { SCENARIO_ENDPOINTS } from './endpoints/scenarios.ts'
import { SCHEDULE_ENDPOINTS } from './endpoints/schedules.ts'
import { SECTION_ENDPOINTS } from './endpoints/sections.ts'
import { SNAPSHOT_ENDPOINTS } from './endpoints/snapshots.ts'
import { SPACE_ENDPOINTS } from './endpoints/spaces.ts'
import { WAIT_ENDPOINTS } from './endpoints/wait.ts'

/** The whole control API. */
export const CONTROL_ENDPOINTS: readonly Endpoint[] = [
  ...OVERVIEW_ENDPOINTS,
  ...INFO_ENDPOINTS,
  ...CLIENT_ENDPOINTS,
  ...CLIENT_COMMAND_ENDPOINTS,
  ...RESET_ENDPOINTS,
  ...FAULT_ENDPOINTS,
  ...CLOCK_ENDPOINTS,
  ...SECTION_ENDPOINTS,
  ...LIST_ENDPOINTS,
  ...ITEM_EDITING_ENDPOINTS,
  ...ITEM_ENDPOINTS,
  ...SCHEDULE_ENDPOINTS,
  ...NEWSGATE_ENDPOINTS,
  ...WAIT_ENDPOINTS,
  ...SCENARIO_ENDPOINTS,
  ...JOURNAL_ENDPOINTS,
  ...PROXY_ENDPOINTS,
  ...SPACE_ENDPOINTS,
  ...SNAPSHOT_ENDPOINTS,
]
