import type { Request } from 'express'

import { logName } from '../content/changes/log-ref.ts'
import { readBasic } from '../http/login.ts'
import { CHANGE_LOGS, serviceUrls } from '../service-urls.ts'
import type { FaultScope, FaultSubject } from './fault-scope.ts'

const PATHS = serviceUrls('')
const ITEMS = PATHS.item(0).slice(0, -1)
const READS = new Set(['GET', 'HEAD'])

/** A request as faults see it; undefined for OPTIONS, which asks for no content. */
export function subjectOf(request: Request): FaultSubject | undefined {
  const { method, path } = request
  const scope = scopeOf(method, path)
  if (scope === undefined) return undefined
  return {
    scope,
    method,
    path,
    log: logOf(path),
    user: readBasic(request.get('Authorization'))?.name,
  }
}

function scopeOf(method: string, path: string): FaultScope | undefined {
  if (method === 'OPTIONS') return undefined
  if (!READS.has(method)) return 'write'
  if (path.endsWith('/changelog/sse') || path === '/newsgate/events') return 'sse-connect'
  return path.startsWith(ITEMS) ? 'item' : 'feed'
}

/** `section/12` for that log and all its pages. */
function logOf(path: string): string | undefined {
  if (!path.startsWith(CHANGE_LOGS)) return undefined
  const [kind, id] = logName(path).split('/', 2)
  return kind === undefined || id === undefined ? undefined : `${kind}/${id}`
}
