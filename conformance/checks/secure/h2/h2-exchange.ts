import { isSecure } from '../../../client/connection.ts'
import type { H2Client, H2Request } from '../../../client/h2/h2-client.ts'
import type { H2Stream } from '../../../client/h2/h2-stream.ts'
import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'

/** How long a target that sends its head only with an event gets before there is one. */
const NUDGE_AFTER_MS = 250

/** A stream on an HTTP/2 connection, and where its events are written. */
export class H2Exchange {
  readonly client: H2Client
  readonly stream: H2Stream
  readonly upstream: OriginExchange
  readonly #rig: Rig

  constructor(rig: Rig, client: H2Client, stream: H2Stream, upstream: OriginExchange) {
    this.#rig = rig
    this.client = client
    this.stream = stream
    this.upstream = upstream
  }

  /** Writes an event and waits until this stream has it. `when` ends the finding. */
  async arrives(data: string, when = ''): Promise<void> {
    this.upstream.write(`data: ${data}\n\n`)
    await this.has(data, when)
  }

  /** Waits for an event that has been written. */
  async has(data: string, when = ''): Promise<void> {
    const { stream, client } = this
    const shown = data.length > 40 ? `${data.slice(0, 20)}… (${data.length} bytes)` : data
    const came = await this.#rig.eventuallyWhileReceiving(
      () => stream.contentBytes,
      () => stream.hasEvent(data) || stream.end !== undefined,
      this.#rig.holdMsFor(data.length),
    )
    if (!came) await this.#rig.letTargetRun()
    if (stream.hasEvent(data)) return
    const why = came
      ? `: ${stream.ending}${client.fault === undefined ? '' : `: ${client.fault}`}`
      : ''
    this.#rig.fail(
      `the event ${JSON.stringify(shown)} did not come over HTTP/2${when}${why}`,
      came ? 'stream-ended' : 'lost-event',
    )
  }
}

/** Opens an HTTP/2 connection and waits for the target's settings. */
export async function openH2(t: Rig, windowBytes?: number): Promise<H2Client> {
  const client = t.connectH2(windowBytes)
  await t.requireEventually(
    () => client.settings !== undefined || client.closed,
    'no HTTP/2 settings came from the front',
  )
  if (client.settings === undefined) {
    const selected = client.connected
      ? `; TLS has selected ${client.protocol ?? 'no protocol'}`
      : ''
    const way = isSecure(t.frontUrl) ? `by ALPN${selected}` : 'with prior knowledge'
    t.fail(`the front does not speak HTTP/2 ${way}: ${client.fault ?? 'it closed the connection'}`)
  }
  return client
}

/** Opens a stream on the connection. It is answered, and events that are written now reach it. */
export async function openStream(
  t: Rig,
  client: H2Client,
  fields: H2Request['fields'] = [],
): Promise<H2Exchange> {
  const path = t.path()
  const stream = client.request({ path, fields })
  const upstream = await upstreamFor(t, stream, path)
  await hasHead(t, stream)
  t.expect(stream.status === 200, `the status over HTTP/2 is ${stream.status} instead of 200`)
  const exchange = new H2Exchange(t, client, stream, upstream)
  await exchange.arrives(`start-${t.token()}`)
  return exchange
}

/** Opens two streams on one new connection. */
export async function openTwoStreams(
  t: Rig,
  windowBytes?: number,
): Promise<readonly [H2Exchange, H2Exchange]> {
  const client = await openH2(t, windowBytes)
  return [await openStream(t, client), await openStream(t, client)]
}

/** Where a request arrives: of its own at a gateway, the shared one at a concentrator. */
export async function upstreamFor(t: Rig, stream: H2Stream, path: string): Promise<OriginExchange> {
  if (t.role === 'concentrator') return await t.upstreamOf(t.backend)
  const upstream = await relayedRequest(t, stream, path)
  upstream.answer()
  return upstream
}

/** The request of a gateway at the back end, without an answer. */
export async function relayedRequest(
  t: Rig,
  stream: H2Stream,
  path: string,
): Promise<OriginExchange> {
  const arrived = (): OriginExchange | undefined =>
    t.backend.requests.find(({ request }) => request.target === path)
  await t.requireEventually(
    () => arrived() !== undefined || stream.end !== undefined || stream.head !== undefined,
    'the request did not reach the back end',
  )
  return (
    arrived() ?? t.fail(`the request did not reach the back end: ${stream.status ?? stream.ending}`)
  )
}

/** Waits for the response head; a target that needs an event for it gets one. */
export async function hasHead(t: Rig, stream: H2Stream): Promise<void> {
  const came = (): boolean => stream.head !== undefined || stream.end !== undefined
  if (!(await t.eventually(came, NUDGE_AFTER_MS))) t.nudge()
  if (!(await t.eventually(came))) await t.letTargetRun()
  t.expect(came(), 'no response head came over HTTP/2', 'missed')
  if (stream.head === undefined) t.fail(`no response head came over HTTP/2: ${stream.ending}`)
}

/** A HEAD request on the connection, answered: an ordinary exchange beside streams. */
export async function servesHead(t: Rig, client: H2Client, when: string): Promise<void> {
  const path = t.path()
  const stream = client.request({ method: 'HEAD', path })
  if (t.role === 'gateway') {
    const upstream = await relayedRequest(t, stream, path)
    upstream.answer({ fields: [], framing: { length: 2 } })
  }
  await t.requireEventually(
    () => stream.end !== undefined,
    `a HEAD request on the same connection was not answered ${when}`,
  )
  t.expect(
    stream.end?.kind === 'end' && stream.status === 200,
    `a HEAD request on the same connection was answered with ${stream.status ?? 'nothing'} ${when}: ${stream.ending}`,
  )
}
