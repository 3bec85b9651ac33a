import type { RequestHandler } from 'express'

import type { StoreClock } from '../clock/store-clock.ts'
import { onceClosed } from '../http/once-closed.ts'
import type { RequestLimiter } from '../http/request-limiter.ts'
import { StreamBytes } from '../sse/stream-bytes.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { FaultSubject } from './fault-scope.ts'
import { refuseConnection } from './kinds/connection-cap.ts'
import { cutRequest } from './kinds/cut.ts'
import { drawDelayMs } from './kinds/delay.ts'
import type { DefectName } from './kinds/malformed.ts'
import { defectOf } from './kinds/malformed.ts'
import { makeSplittable, paceConnection } from './kinds/pace.ts'
import { forceHeader, rewriteBody } from './kinds/rewrite-response.ts'
import { closeSlowly } from './kinds/slow-close.ts'
import { answerStatus } from './kinds/status.ts'
import { truncated } from './kinds/truncate.ts'
import { Lifetime } from './lifetime.ts'
import { subjectOf } from './request-subject.ts'
import type { SetFault } from './set-fault.ts'
import type { StreamFaults } from './stream-faults.ts'
import type { StruckRequest } from './struck-request.ts'
import { serveLater } from './struck-request.ts'
import type { WhenOpen } from './struck-stream.ts'

declare module 'express-serve-static-core' {
  interface Locals {
    /** The request as faults see it. */
    faultSubject?: FaultSubject | undefined
  }
}

export interface FaultInjection {
  readonly plan: FaultPlan
  readonly streams: StreamFaults
  readonly clock: StoreClock
  readonly limiter: Pick<RequestLimiter, 'exempt'>
}

/**
 * Lets the plan's faults strike the requests of the web services. Mounted behind `/__mock`, which
 * is never hit, and before the limit of workers: what is delayed or slow holds none.
 */
export function injectFaults({ plan, streams, clock, limiter }: FaultInjection): RequestHandler {
  return (request, response, next) => {
    const subject = subjectOf(request)
    response.locals.faultSubject = subject
    const set = subject && plan.strike(subject, { socket: request.socket, response })
    if (set === undefined) {
      next()
      return
    }
    // Once it is open, a stream holds a worker, as without a fault.
    if (subject?.scope !== 'sse-connect') limiter.exempt(response)
    const life = new Lifetime()
    onceClosed({ request, response }, () => life.end())
    strike(
      set,
      {
        socket: request.socket,
        clock,
        lives: [set.life, life],
        random: set.random,
        request,
        response,
        serve: next,
      },
      (run) => streams.whenOpen(response, set, run),
    )
  }
}

function strike({ fault }: SetFault, struck: StruckRequest, whenOpen: WhenOpen): void {
  const { response, serve } = struck
  switch (fault.kind) {
    case 'latency':
      serveLater(struck, fault.ms)
      return
    case 'jitter':
      serveLater(struck, drawDelayMs(fault, struck.random))
      return
    case 'status':
      answerStatus(fault, struck)
      return
    case 'reset':
    case 'fin':
    case 'stall':
    case 'half-open':
      cutRequest(fault, struck, whenOpen)
      return
    case 'connections':
      refuseConnection(fault.mode, struck)
      return
    case 'slow-close':
      closeSlowly(fault.ms, struck)
      return
    case 'bandwidth':
    case 'split':
      paceConnection(fault, struck)
      whenOpen((stream) => makeSplittable(fault, stream))
      break
    case 'truncate':
      rewriteBody(response, (body) => truncated(fault, body))
      break
    case 'malformed':
      spoil(fault.defect, fault.scope === 'sse-connect', struck, whenOpen)
      break
    default:
  }
  serve()
}

function spoil(
  name: DefectName,
  isStream: boolean,
  { response }: StruckRequest,
  whenOpen: WhenOpen,
): void {
  const { change, header } = defectOf(name)
  if (header !== undefined) forceHeader(response, ...header)
  if (change === undefined) return
  if (!isStream) rewriteBody(response, change)
  else {
    whenOpen(({ client }) => {
      client.recode(({ plain }) => {
        // A byte order mark is one only at the start.
        if (name === 'bom') client.recode(undefined)
        return new StreamBytes(change(plain))
      })
    })
  }
}
