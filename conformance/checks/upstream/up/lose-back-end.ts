import type { OriginResponse, OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { HeaderField } from '../../../wire/http/header-fields.ts'
import { counted } from '../../../counted.ts'

/** Ends the target's stream at the first back end. Returns its next request, not yet answered. */
export async function nextRequest(t: Rig): Promise<OriginExchange> {
  const current = await t.upstreamOf(t.backend)
  const asked: OriginExchange[] = []
  t.backend.answerWith((upstream) => void asked.push(upstream))
  current.end()
  current.fin()
  await t.requireEventually(
    () => asked.length > 0,
    'the target did not reconnect to the back end',
    t.reconnectMs,
  )
  t.backend.resetAnswer()
  const [request] = asked
  if (request === undefined) t.fail('the target did not reconnect to the back end')
  return request
}

const LONGEST_MS = 100_000
/** Wait of a patient client of the suite: the target may not try more often. */
const PATIENT_WAIT_MS = 50
const PATIENT_ATTEMPTS = 20

/**
 * The first back end ends its stream and refuses every request from now on. Fails when the target
 * then tries more often than a client of the suite that waits between attempts: a slow machine
 * slows down this client, too, so counts are compared and not times. Counting begins with the first
 * attempt, which may come at once, or after a wait. Returns the counts. `mayStayAway`: a target
 * that makes no attempt passes. `status` and `fields`: of the refusals, the latter in turn.
 */
export async function attemptsBesidePatient(
  t: Rig,
  {
    mayStayAway = false,
    status = 503,
    fields = [[]],
  }: {
    readonly mayStayAway?: boolean | undefined
    readonly status?: number | undefined
    readonly fields?: readonly (readonly HeaderField[])[] | undefined
  } = {},
): Promise<string> {
  const current = await t.upstreamOf(t.backend)
  const patientTarget = `/patient/${t.token()}`
  let attempts = 0
  t.backend.answerWith((upstream) => {
    const isPatient = upstream.request.target === patientTarget
    const own = isPatient ? [] : (fields[attempts % fields.length] ?? [])
    if (!isPatient) attempts += 1
    upstream.answer({ status, fields: own, framing: { length: 0 } })
    upstream.fin()
  })
  current.end()
  current.fin()
  if (!(await t.eventually(() => attempts > 0, t.reconnectMs))) {
    t.expect(mayStayAway, 'the target did not reconnect to the back end')
    return 'no attempt'
  }
  const first = attempts
  const tooMany = (): boolean => attempts - first > PATIENT_ATTEMPTS
  let patient = 0
  for (; patient < PATIENT_ATTEMPTS && !tooMany(); patient += 1) {
    const client = t.connect({ target: patientTarget }, t.backend.originUrl)
    await t.requireEventually(
      () => client.closed,
      'the back end did not refuse the client of the suite',
    )
    await t.pause(PATIENT_WAIT_MS)
  }
  t.expect(
    !tooMany(),
    `the target tried ${attempts - first} times while a client that waits ${PATIENT_WAIT_MS} ms between attempts tried ${patient} times`,
  )
  return `${counted(attempts - first, 'attempt')}, while a client that waits ${PATIENT_WAIT_MS} ms made ${patient}`
}

/** Skips the check when the target's waits are too long for this many attempts. */
export function expectShortWaits(t: Rig, attempts: number): void {
  if (attempts * t.reconnectMs <= LONGEST_MS) return
  t.skip(
    'takes too long with such waits between attempts; shorten them and claim reconnectWithinMs',
  )
}

/**
 * The first back end refuses this many requests. Returns the time of each, oldest first. The back
 * end keeps refusing.
 */
export async function refuse(
  t: Rig,
  count: number,
  fields: readonly HeaderField[] = [],
): Promise<readonly number[]> {
  const refusal: OriginResponse = { status: 503, fields, framing: { length: 0 } }
  return await fails(t, count, (upstream) => {
    upstream.answer(refusal)
    upstream.fin()
  })
}

/** The same, but the back end answers each request with a stream, and ends it. */
export async function endAtOnce(t: Rig, count: number): Promise<readonly number[]> {
  return await fails(t, count, (upstream) => {
    upstream.answer()
    upstream.end()
    upstream.fin()
  })
}

async function fails(
  t: Rig,
  count: number,
  fail: (upstream: OriginExchange) => void,
): Promise<readonly number[]> {
  const cameMs: number[] = []
  const current = await t.upstreamOf(t.backend)
  t.backend.answerWith((upstream) => {
    cameMs.push(performance.now())
    fail(upstream)
  })
  current.end()
  current.fin()
  for (let wanted = 1; wanted <= count; wanted += 1) {
    const hasCome = (): boolean => cameMs.length >= wanted
    if (await t.eventually(hasCome, t.reconnectMs)) continue
    await t.letTargetRun()
    t.expect(
      hasCome(),
      `attempt ${wanted} did not come within the claimed time (waited ${Math.round(t.reconnectMs)} ms)`,
      'missed',
    )
  }
  return cameMs
}

/** Milliseconds between one attempt and the next. */
export function waitsBetween(cameMs: readonly number[]): readonly number[] {
  return cameMs.slice(1).map((atMs, at) => atMs - (cameMs[at] ?? 0))
}

/**
 * Control: the first back end feeds the clients again after a check that kept it down. `askedMs`:
 * the wait that it has asked for, which the target adds to its own.
 */
export async function feedsAgain(t: Rig, askedMs = 0): Promise<void> {
  t.backend.resetAnswer()
  await t.upstreamOf(t.backend, t.reconnectMs + askedMs)
  const stream = await t.stream()
  await stream.arrives('data: again\n\n')
}
