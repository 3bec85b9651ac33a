import type { RawClient } from '../client/raw-client.ts'
import type { OriginExchange } from '../origin/origin-exchange.ts'
import type { Rig } from '../rig/rig.ts'
import { forBoth, type StreamCheck } from './stream-check.ts'

const STEP_MS = 1500
const PADDING_BYTES = 64 * 1024
const CLIENTS = 3

/**
 * Runs after a failed gate and judges nothing. It tries one stream step by step, so that the report
 * says what works, what does not, and what that usually means.
 */
export const DIAGNOSIS: StreamCheck = forBoth({
  id: 'base.diagnosis',
  title: 'What works although a gate failed',
  level: 'info',
  source: '[sse §9.2.2]',
  meaning: 'Tells what to change first.',
  kills: [],
  run: diagnose,
})

async function diagnose(t: Rig): Promise<string> {
  const { told, conclusion } = await (t.role === 'gateway' ? followRequest(t) : followStreams(t))
  return [...told.map((line) => `- ${line}`), `so: ${conclusion}`].join('\n')
}

interface Diagnosis {
  readonly told: readonly string[]
  readonly conclusion: string
}

/** A gateway: does the request reach the back end, and does the response come back? */
async function followRequest(t: Rig): Promise<Diagnosis> {
  const client = t.connect()
  const requests = (): readonly OriginExchange[] => t.backend.requests
  await t.eventually(() => requests().length > 0 || client.closed || hasHead(client), STEP_MS)
  const [upstream] = requests()
  if (upstream === undefined) return notForwarded(t, client)
  const { method, target } = upstream.request
  const told = [`the request for ${client.target} reached the back end as ${method} ${target}`]
  upstream.answer()
  return await followEvent(t, client, [upstream], told)
}

function notForwarded(t: Rig, client: RawClient): Diagnosis {
  const { originUrl } = t.backend
  const seen = !client.connected
    ? `nothing accepts connections at ${t.frontUrl}`
    : `the front answered GET ${client.target} with ${stateOf(client)}`
  return {
    told: [seen, `no request came to the back end at ${originUrl}`],
    conclusion: client.connected
      ? `the target does not forward this path to ${originUrl}: compare its configuration with this address`
      : 'start the target, or correct its address',
  }
}

/** A concentrator: how many streams do the back ends see, and do events of each reach a client? */
async function followStreams(t: Rig): Promise<Diagnosis> {
  const counts = (): string =>
    t.backends.map(({ name, streams }) => `${streams.length} at back end ${name}`).join(', ')
  const all = (): boolean => t.backends.every(({ streams }) => streams.length > 0)
  await t.eventually(all, STEP_MS)
  const told = [`streams of the target without a client: ${counts()}`]
  const [client] = Array.from({ length: CLIENTS }, () => t.connect())
  await t.eventually(() => all() && (client?.connected ?? false), STEP_MS)
  if (client?.connected !== true) return notForwarded(t, client ?? t.connect())
  await t.pause(STEP_MS / 3)
  told.push(`streams of the target with ${CLIENTS} clients: ${counts()}`)
  const { streams } = t.backend
  if (!all()) {
    const asked = t.backends.flatMap(({ name, requests }) =>
      requests.map(({ request }) => `back end ${name} was asked for ${request.target}`),
    )
    return {
      told: [...told, ...asked.slice(0, CLIENTS)],
      conclusion: `the target does not read from ${t.backend.settings.url}: compare its configuration with this address. If it forwards each client's request, judge it with --role gateway`,
    }
  }
  const followed = await followEvent(t, client, streams, told)
  if (streams.length < CLIENTS) return followed
  return {
    ...followed,
    conclusion:
      'the target opens a stream to the back end for each client. A concentrator opens one for all; a proxy that forwards each request is a gateway: --role gateway',
  }
}

/** Writes an event, then padding, then the end, until the event is at the client. */
async function followEvent(
  t: Rig,
  client: RawClient,
  upstreams: readonly OriginExchange[],
  before: readonly string[],
): Promise<Diagnosis> {
  const told = [...before]
  const token = t.token()
  const write = (text: string): void => upstreams.forEach((upstream) => upstream.write(text))
  const steps = [
    ['no event is written', () => {}],
    ['an event is written', () => write(`data: ${token}\n\n`)],
    ['64 KiB more are written', () => write(`data: ${'x'.repeat(PADDING_BYTES)}\n\n`)],
    ['the back end ends its stream', () => upstreams.forEach((upstream) => upstream.end())],
  ] as const
  let headAt: number | undefined
  for (const [at, [what, act]] of steps.entries()) {
    act()
    const done = (): boolean => (at === 0 ? hasHead(client) : client.hasEvent(token))
    await t.eventually(() => done() || client.ending !== undefined, STEP_MS)
    if (hasHead(client)) headAt ??= at
    const event =
      at === 0 ? '' : `, the event ${client.hasEvent(token) ? 'is there' : 'is not there'}`
    told.push(`when ${what}: ${stateOf(client)}${event}`)
    if (at > 0 && done()) return { told, conclusion: conclusionOf(client, headAt, at) }
    if (at < 3 && client.ending !== undefined) {
      const conclusion = 'the target ends the response although the back end does not'
      return { told, conclusion }
    }
  }
  return { told, conclusion: withoutEvent(client) }
}

function conclusionOf(client: RawClient, headAt: number | undefined, eventAt: number): string {
  if (eventAt === 2) return 'the target holds events in a buffer until more bytes follow'
  if (eventAt === 3) return 'the target buffers the whole response until it ends'
  const type = client.field('content-type') ?? 'missing'
  if (!type.startsWith('text/event-stream'))
    return `events do arrive, but Content-Type is ${type}: set it to text/event-stream`
  if (client.head?.status !== 200) return `events do arrive, but the status is not 200`
  if (headAt === 1) return 'the target sends the response head only with the first event: flush it'
  return 'a stream works here; the finding above is about something else'
}

function withoutEvent(client: RawClient): string {
  if (!hasHead(client)) return 'the target answers nothing, whatever the back end sends'
  return 'the target reads from the back end but does not write its events to the client'
}

const hasHead = ({ head }: RawClient): boolean => head !== undefined

function stateOf(client: RawClient): string {
  const { head, ending } = client
  const end = ending === undefined ? '' : ` (${ending})`
  if (head === undefined) return `no response head${end}`
  const type = client.field('content-type') ?? 'no Content-Type'
  const coding = client.field('content-encoding')
  const coded = coding === undefined ? '' : `, Content-Encoding ${coding}`
  return `${head.status} ${head.reason}, ${type}${coded}${end}`
}
