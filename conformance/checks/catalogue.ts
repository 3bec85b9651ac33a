import { ADMIN_PAGE_CHECKS } from './concentrator/admin-pages.ts'
import { ADMIN_CHECKS } from './concentrator/admin.ts'
import { ANSWER_CHECKS } from './concentrator/answers.ts'
import { CONFIG_CHECKS } from './concentrator/config.ts'
import { CORS_SETTING_CHECKS } from './concentrator/cors-settings.ts'
import { CORS_CHECKS } from './concentrator/cors.ts'
import { FRONT_CHECKS } from './concentrator/front.ts'
import { GAP_CHECKS } from './concentrator/gap.ts'
import { HIERARCHY_CHECKS } from './concentrator/hierarchy.ts'
import { LIMIT_CHECKS } from './concentrator/limits.ts'
import { OUTAGE_CHECKS } from './concentrator/outage.ts'
import { PATIENCE_CHECKS } from './concentrator/patience.ts'
import { REPLAY_CHECKS } from './concentrator/replay.ts'
import { SLOW_CHECKS } from './concentrator/slow.ts'
import { STOP_CHECKS } from './concentrator/stop.ts'
import { TROUBLE_CHECKS } from './concentrator/trouble.ts'
import { UNION_CHECKS } from './concentrator/union.ts'
import { UPSTREAM_ANSWER_CHECKS } from './concentrator/upstream-answer.ts'
import { UPSTREAM_REQUEST_CHECKS } from './concentrator/upstream-request.ts'
import { UPSTREAM_CHECKS } from './concentrator/upstream.ts'
import { WORKER_CHECKS } from './concentrator/workers.ts'
import { GATEWAY_LIFE_CHECKS } from './gateway/life.ts'
import { BASE_CHECKS } from './shared/base.ts'
import { BYTES_CHECKS } from './shared/bytes.ts'
import { FLUSH_CHECKS } from './shared/flush.ts'
import { FRAME_CHECKS } from './shared/frame.ts'
import { HYGIENE_CHECKS } from './shared/hygiene.ts'
import { IDLE_CHECKS } from './shared/idle.ts'
import { LIFE_CHECKS } from './shared/life.ts'
import { LOAD_CHECKS } from './shared/load.ts'
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
