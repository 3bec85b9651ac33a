import type { Socket } from 'node:net'
import { encodeChunk, LAST_CHUNK, type BodyEnd } from '../http/body.ts'
import {
  fieldValue,
  formatRequestHead,
  withField,
  withoutFields,
  type RequestHead,
} from '../http/head.ts'
import type { Exchange } from '../http/serve-clients.ts'
import { withoutHopFields } from './hop-fields.ts'
import { withOneForwardLess } from './max-forwards.ts'
import type { RelayFaults } from './relay-faults.ts'

const EMPTY = Buffer.alloc(0)
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

/**
 * Sends the request of an exchange to the back end, its content as it arrives. Returns how the
 * content ended.
 */
export async function forwardRequest(
  exchange: Exchange,
  upstream: Socket,
  faults: RelayFaults,
): Promise<BodyEnd> {
  const { request, framing, body, client } = exchange
  const expects = fieldValue(request, 'expect')?.toLowerCase() === '100-continue'
  // [http §10.1.1] The gateway asks for the content itself, so the back end is not asked again.
  if (expects && faults.ignoresExpect !== true) client.write(CONTINUE)
  const inOriginForm = withOriginForm(withoutFields(request, 'Expect'), faults)
  const counted = faults.keepsMaxForwards === true ? inOriginForm : withOneForwardLess(inOriginForm)
  let head = withField(withoutHopFields(counted), 'Via', via(request))
  if (framing.kind === 'chunked') {
    head = withField(withoutFields(head, 'Content-Length'), 'Transfer-Encoding', 'chunked')
  }
  if (faults.pool === undefined) head = withField(head, 'Connection', 'close')
  const text = formatRequestHead(faults.request?.(head) ?? head).toString('latin1')
  const bytes = Buffer.from(faults.requestText?.(text) ?? text, 'latin1')
  const copies = faults.copies ?? 1
  const held: Buffer[] = []
  const write = (content: Buffer): void => {
    if (faults.holdsRequest === true) held.push(content)
    else upstream.write(content)
  }
  write(Buffer.concat(Array.from({ length: copies }, () => bytes)))
  const chunked = framing.kind === 'chunked'
  const deadlineMs = performance.now() + (faults.uploadMs ?? Infinity)
  for (let nth = 1; ; nth += 1) {
    const next = await body.next()
    if (next.done === true) {
      if (next.value === 'complete') {
        const whole = Buffer.concat([...held, chunked ? LAST_CHUNK : EMPTY])
        upstream.write(faults.heldRequest?.(whole) ?? whole)
      }
      return next.value
    }
    if (performance.now() > deadlineMs) return 'cut'
    const piece = faults.requestPiece?.(next.value, nth) ?? next.value
    if (piece.length > 0) write(chunked ? encodeChunk(piece) : piece)
  }
}

/** Sends the head of a request without content. */
export function forwardHead(head: RequestHead, upstream: Socket): void {
  upstream.write(formatRequestHead(head))
}

// [http/1.1 §3.2.2] the host of a whole URL replaces Host. [http/1.1 §3.2.1] An empty path is /.
function withOriginForm(
  request: RequestHead,
  { hostOfField = false, wholeUrl }: RelayFaults,
): RequestHead {
  const [, host, rest = ''] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(request.target) ?? []
  if (host === undefined) return request
  const path = rest.startsWith('/') ? rest : `/${rest}`
  const head = { ...request, target: wholeUrl?.(request.target, rest) ?? path }
  return hostOfField ? head : withField(head, 'Host', host)
}

// [http §7.6.3] a gateway adds its own name after those of earlier gateways.
function via(request: RequestHead): string {
  const own = `${request.version} reference`
  const earlier = fieldValue(request, 'via')
  return earlier === undefined ? own : `${earlier}, ${own}`
}
