import type { Thresholds } from './metrics.ts'

/** Thresholds for a run without any loss; k6 exits with 99 otherwise. */
export const NOTHING_LOST: Thresholds = {
  checks: ['rate==1'],
  sse_connect_ok: ['rate==1'],
  sse_plateau_ok: ['rate==1'],
  sse_gaps: ['count==0'],
  sse_duplicates: ['count==0'],
  sse_reordered: ['count==0'],
  sse_disconnects: ['count==0'],
  // [protocol §5.2] The response head is sent at once.
  sse_ttfb: ['p(95)<1000'],
}
