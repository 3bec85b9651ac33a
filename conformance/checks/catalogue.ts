import { ADMIN_PAGE_CHECKS } from './operation/admin/pages.ts'
import { ADMIN_CHECKS } from './operation/admin/health.ts'
import { ANSWER_CHECKS } from './stream/frame/heads.ts'
import { CONFIG_CHECKS } from './operation/config.ts'
import { CORS_SETTING_CHECKS } from './clients/cors/settings.ts'
import { CORS_CHECKS } from './clients/cors/cors.ts'
import { FRONT_CHECKS } from './clients/front.ts'
import { GAP_CHECKS } from './clients/gap.ts'
import { HIERARCHY_CHECKS } from './upstream/chain.ts'
import { LIMIT_CHECKS } from './clients/load-limits.ts'
import { OUTAGE_CHECKS } from './upstream/life/outage.ts'
import { PATIENCE_CHECKS } from './upstream/up/timeouts.ts'
import { REPLAY_CHECKS } from './clients/replay/exact.ts'
import { SLOW_CHECKS } from './clients/load-slow.ts'
import { STOP_CHECKS } from './operation/stop.ts'
import { TROUBLE_CHECKS } from './upstream/up/trouble.ts'
import { UNION_CHECKS } from './stream/union.ts'
import { UPSTREAM_ANSWER_CHECKS } from './upstream/up/answers.ts'
import { UPSTREAM_REQUEST_CHECKS } from './upstream/up/requests.ts'
import { UPSTREAM_CHECKS } from './upstream/up/connections.ts'
import { WORKER_CHECKS } from './operation/worker.ts'
import { GATEWAY_LIFE_CHECKS } from './upstream/life/relay.ts'
import { BASE_CHECKS } from './stream/base.ts'
import { BYTES_CHECKS } from './stream/bytes/bytes.ts'
import { FLUSH_CHECKS } from './stream/flush.ts'
import { FRAME_CHECKS } from './stream/frame/framing.ts'
import { HYGIENE_CHECKS } from './clients/hyg/hygiene.ts'
import { IDLE_CHECKS } from './stream/idle.ts'
import { LIFE_CHECKS } from './upstream/life/reconnect.ts'
import { LOAD_CHECKS } from './clients/load-crowd.ts'
import type { StreamCheck } from './stream-check.ts'

/** Every check, in the order in which reports name them. */
export const CATALOGUE: readonly StreamCheck[] = [
  ...BASE_CHECKS,
  ...UPSTREAM_CHECKS,
  ...UPSTREAM_REQUEST_CHECKS,
  ...UPSTREAM_ANSWER_CHECKS,
  ...TROUBLE_CHECKS,
  ...PATIENCE_CHECKS,
  ...UNION_CHECKS,
  ...BYTES_CHECKS,
  ...FLUSH_CHECKS,
  ...FRAME_CHECKS,
  ...LIFE_CHECKS,
  ...GATEWAY_LIFE_CHECKS,
  ...REPLAY_CHECKS,
  ...GAP_CHECKS,
  ...OUTAGE_CHECKS,
  ...HIERARCHY_CHECKS,
  ...LIMIT_CHECKS,
  ...WORKER_CHECKS,
  ...FRONT_CHECKS,
  ...ANSWER_CHECKS,
  ...CORS_CHECKS,
  ...CORS_SETTING_CHECKS,
  ...CONFIG_CHECKS,
  ...ADMIN_CHECKS,
  ...ADMIN_PAGE_CHECKS,
  ...STOP_CHECKS,
  ...HYGIENE_CHECKS,
  ...SLOW_CHECKS,
  ...LOAD_CHECKS,
  ...IDLE_CHECKS,
]
