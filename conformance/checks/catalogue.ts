import { CORS_CHECKS } from './clients/cors/cors.ts'
import { CORS_SETTING_CHECKS } from './clients/cors/settings.ts'
import { FRONT_MISTAKE_CHECKS } from './clients/front-mistakes.ts'
import { FRONT_CHECKS } from './clients/front.ts'
import { GAP_CHECKS } from './clients/gap.ts'
import { HOSTILE_CONNECTION_CHECKS } from './clients/hostile/connections.ts'
import { HOSTILE_REQUEST_CHECKS } from './clients/hostile/requests.ts'
import { HEAD_TIMEOUT_CHECKS } from './clients/hyg/head-timeout.ts'
import { HYGIENE_CHECKS } from './clients/hyg/hygiene.ts'
import { HYG_LATER_REQUEST_CHECKS } from './clients/hyg/later-requests.ts'
import { LOAD_CROWD_CHECKS } from './clients/load-crowd.ts'
import { LOAD_LIMIT_CHECKS } from './clients/load-limits.ts'
import { LOAD_SLOW_CHECKS } from './clients/load-slow.ts'
import { POLL_CHECKS } from './clients/poll.ts'
import { REPLAY_EVICTION_CHECKS } from './clients/replay/eviction.ts'
import { REPLAY_CHECKS } from './clients/replay/exact.ts'
import { REPLAY_ID_CHECKS } from './clients/replay/ids.ts'
import { REPLAY_SOURCE_CHECKS } from './clients/replay/sources.ts'
import { REPLAY_SWEEP_CHECKS } from './clients/replay/sweep.ts'
import { ADMIN_HEALTH_CHECKS } from './operation/admin/health.ts'
import { ADMIN_PAGE_CHECKS } from './operation/admin/pages.ts'
import { CONFIG_CHECKS } from './operation/config.ts'
import { ROW_CHECKS } from './operation/row/row.ts'
import { STOP_CHECKS } from './operation/stop.ts'
import { WORKER_CHECKS } from './operation/worker.ts'
import { CACHE_CHECKS } from './relay/cache.ts'
import { BYTES_PLAIN_CHECKS } from './relay/bytes-plain.ts'
import { FLUSH_PLAIN_CHECKS } from './relay/flush-plain.ts'
import { FRAME_BACK_END_CHECKS } from './relay/frame-back-end.ts'
import { FRAME_BROKEN_CHECKS } from './relay/frame-broken.ts'
import { HYG_CONTENT_CHECKS } from './relay/hyg-content.ts'
import { HYG_FRONT_CHECKS } from './relay/hyg-front.ts'
import { LIFE_LEAVE_CHECKS } from './relay/life-leave.ts'
import { LOAD_READER_CHECKS } from './relay/load-reader.ts'
import { REQ_ABSOLUTE_CHECKS } from './relay/req/absolute.ts'
import { REQ_CONTENT_CHECKS } from './relay/req/content.ts'
import { REQ_FIELD_CHECKS } from './relay/req/fields.ts'
import { REQ_OTHER_CONTENT_CHECKS } from './relay/req/other-content.ts'
import { REQ_KEPT_CHECKS } from './relay/req/kept.ts'
import { REQ_LINE_CHECKS } from './relay/req/line.ts'
import { REQ_MAX_FORWARDS_CHECKS } from './relay/req/max-forwards.ts'
import { REQ_SECOND_CHECKS } from './relay/req/second.ts'
import { REQ_UPLOAD_CHECKS } from './relay/req/uploads.ts'
import { RESP_BODILESS_CHECKS } from './relay/resp/bodiless.ts'
import { RESP_CONTENT_CHECKS } from './relay/resp/content.ts'
import { RESP_FIELD_CHECKS } from './relay/resp/fields.ts'
import { RESP_STATUS_CHECKS } from './relay/resp/status.ts'
import { REUSE_CHECKS } from './relay/reuse.ts'
import { H2_END_CHECKS } from './secure/h2/ends.ts'
import { H2_FIELD_CHECKS } from './secure/h2/fields.ts'
import { H2_FLOW_CHECKS } from './secure/h2/flow.ts'
import { H2_STREAM_CHECKS } from './secure/h2/streams.ts'
import { TLS_HANDSHAKE_CHECKS } from './secure/tls/handshake.ts'
import { TLS_CHECKS } from './secure/tls/tls.ts'
import { BASE_CHECKS } from './stream/base.ts'
import { BEAT_CHECKS } from './stream/beat.ts'
import { BYTES_CHECKS } from './stream/bytes/bytes.ts'
import { CUT_CHECKS } from './stream/bytes/cuts.ts'
import { VERBATIM_CHECKS } from './stream/bytes/verbatim.ts'
import { FLUSH_HEAD_CHECKS } from './stream/flush/by-head.ts'
import { FLUSH_CHECKS } from './stream/flush/flush.ts'
import { FRAMING_CHECKS } from './stream/frame/framing.ts'
import { FRAME_HEAD_CHECKS } from './stream/frame/heads.ts'
import { IDLE_CHECKS } from './stream/idle.ts'
import { JOIN_CHECKS } from './stream/join.ts'
import { UNION_CHECKS } from './stream/union.ts'
import { CHAIN_CHECKS } from './upstream/chain.ts'
import { LIFE_OUTAGE_CHECKS } from './upstream/life/outage.ts'
import { LIFE_RECONNECT_CHECKS } from './upstream/life/reconnect.ts'
import { LIFE_RELAY_CHECKS } from './upstream/life/relay.ts'
import { LIFE_RETURN_CHECKS } from './upstream/life/returns.ts'
import { UP_ANSWER_CHECKS } from './upstream/up/answers.ts'
import { UP_CONNECTION_CHECKS } from './upstream/up/connections.ts'
import { UP_COOKIE_CHECKS } from './upstream/up/cookies.ts'
import { UP_END_CHECKS } from './upstream/up/ends.ts'
import { UP_RETRY_AFTER_CHECKS } from './upstream/up/retry-after.ts'
import { UP_REQUEST_CHECKS } from './upstream/up/requests.ts'
import { UP_RETURN_CHECKS } from './upstream/up/returns.ts'
import { UP_SILENCE_CHECKS } from './upstream/up/silence.ts'
import { UP_TIMEOUT_CHECKS } from './upstream/up/timeouts.ts'
import { UP_TROUBLE_CHECKS } from './upstream/up/trouble.ts'
import { UP_GARBAGE_CHECKS } from './upstream/up/garbage.ts'
import { UP_WIRE_CHECKS } from './upstream/up/wire.ts'
import { UP_ENDLESS_HEAD_CHECKS } from './upstream/up/endless-head.ts'
import { UP_HARMFUL_RETRY_CHECKS } from './upstream/up/harmful-retry.ts'
import { UP_REDIRECT_COOKIE_CHECKS } from './upstream/up/redirect-cookies.ts'
import { UP_REDIRECT_CHECKS } from './upstream/up/redirects.ts'
import { UP_APART_CHECKS } from './upstream/up/apart.ts'
import { UP_CODED_APART_CHECKS } from './upstream/up/coded-apart.ts'
import type { StreamCheck } from './stream-check.ts'

/** Every check, in the order in which reports name them. */
export const CATALOGUE: readonly StreamCheck[] = [
  ...BASE_CHECKS,
  ...UP_CONNECTION_CHECKS,
  ...UP_REQUEST_CHECKS,
  ...UP_RETURN_CHECKS,
  ...UP_ANSWER_CHECKS,
  ...UP_RETRY_AFTER_CHECKS,
  ...UP_WIRE_CHECKS,
  ...UP_END_CHECKS,
  ...UP_GARBAGE_CHECKS,
  ...UP_TROUBLE_CHECKS,
  ...UP_COOKIE_CHECKS,
  ...UP_ENDLESS_HEAD_CHECKS,
  ...UP_HARMFUL_RETRY_CHECKS,
  ...UP_REDIRECT_CHECKS,
  ...UP_REDIRECT_COOKIE_CHECKS,
  ...UP_TIMEOUT_CHECKS,
  ...UP_SILENCE_CHECKS,
  ...UP_APART_CHECKS,
  ...UP_CODED_APART_CHECKS,
  ...UNION_CHECKS,
  ...JOIN_CHECKS,
  ...BYTES_CHECKS,
  ...CUT_CHECKS,
  ...VERBATIM_CHECKS,
  ...BYTES_PLAIN_CHECKS,
  ...FLUSH_CHECKS,
  ...FLUSH_HEAD_CHECKS,
  ...FLUSH_PLAIN_CHECKS,
  ...FRAMING_CHECKS,
  ...FRAME_HEAD_CHECKS,
  ...LIFE_RECONNECT_CHECKS,
  ...LIFE_RELAY_CHECKS,
  ...LIFE_OUTAGE_CHECKS,
  ...LIFE_RETURN_CHECKS,
  ...REQ_LINE_CHECKS,
  ...REQ_ABSOLUTE_CHECKS,
  ...REQ_SECOND_CHECKS,
  ...REQ_KEPT_CHECKS,
  ...REQ_FIELD_CHECKS,
  ...REQ_MAX_FORWARDS_CHECKS,
  ...REQ_CONTENT_CHECKS,
  ...REQ_OTHER_CONTENT_CHECKS,
  ...REQ_UPLOAD_CHECKS,
  ...RESP_STATUS_CHECKS,
  ...RESP_BODILESS_CHECKS,
  ...RESP_FIELD_CHECKS,
  ...RESP_CONTENT_CHECKS,
  ...CACHE_CHECKS,
  ...REUSE_CHECKS,
  ...FRAME_BACK_END_CHECKS,
  ...FRAME_BROKEN_CHECKS,
  ...LIFE_LEAVE_CHECKS,
  ...LOAD_READER_CHECKS,
  ...CHAIN_CHECKS,
  ...REPLAY_CHECKS,
  ...REPLAY_ID_CHECKS,
  ...REPLAY_SOURCE_CHECKS,
  ...REPLAY_SWEEP_CHECKS,
  ...REPLAY_EVICTION_CHECKS,
  ...GAP_CHECKS,
  ...POLL_CHECKS,
  ...FRONT_CHECKS,
  ...FRONT_MISTAKE_CHECKS,
  ...CORS_CHECKS,
  ...CORS_SETTING_CHECKS,
  ...HYGIENE_CHECKS,
  ...HYG_LATER_REQUEST_CHECKS,
  ...HYG_FRONT_CHECKS,
  ...HYG_CONTENT_CHECKS,
  ...HEAD_TIMEOUT_CHECKS,
  ...HOSTILE_REQUEST_CHECKS,
  ...HOSTILE_CONNECTION_CHECKS,
  ...LOAD_CROWD_CHECKS,
  ...LOAD_LIMIT_CHECKS,
  ...LOAD_SLOW_CHECKS,
  ...TLS_CHECKS,
  ...TLS_HANDSHAKE_CHECKS,
  ...H2_STREAM_CHECKS,
  ...H2_FLOW_CHECKS,
  ...H2_FIELD_CHECKS,
  ...H2_END_CHECKS,
  ...WORKER_CHECKS,
  ...ROW_CHECKS,
  ...CONFIG_CHECKS,
  ...ADMIN_HEALTH_CHECKS,
  ...ADMIN_PAGE_CHECKS,
  ...STOP_CHECKS,
  ...IDLE_CHECKS,
  ...BEAT_CHECKS,
]
