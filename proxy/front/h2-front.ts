import { constants, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { STATUS_CODES } from 'node:http'

import type { AdminPlace, H2Settings } from '../config/connector.ts'
import { type H2Request, H2Sessions } from '../connector/h2-sessions.ts'
import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Hub } from '../fanout/hub.ts'
import type { Admission } from './admission.ts'
import { isAdminPath, relayToAdmin } from './admin-relay.ts'
import type { Cors, Field } from './cors.ts'
import { firstOf, listOf } from './field-values.ts'
import { clientBehind, type ForwardedField } from './forwarded.ts'
import type { Arrival } from './arrival.ts'
import { isHostField } from './host-field.ts'
import { answerTo } from './request-answer.ts'
import { type ResponseHeads, toH2Head } from './response-heads.ts'
import { lastEventIdOf, wantsEnd } from './stream-request.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

export interface H2FrontOptions {
  readonly hub: Hub
  readonly cors: Cors
  readonly heads: ResponseHeads
  readonly guard: BoundaryGuard
  readonly admission: Admission
  readonly trustedProxies: TrustedProxies
  readonly forwardedField: ForwardedField
  readonly maxHeadBytes: number
  readonly idleMs: number
  /** Admin pages that clients get besides the stream; undefined = none. */
  readonly admin: AdminPlace | undefined
  readonly onAccept: () => void
  readonly onIdle: (socket: Socket, isIdle: boolean) => void
  readonly nowMs: () => number
}

const NOTHING = Buffer.alloc(0)
/** [http/2 §3.4] What every connection of HTTP/2 begins with. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
/** No request of HTTP/1.1 begins like it. */
const TELLING_BYTES = 3

/** Whether a connection begins as one of HTTP/2 does; undefined = more bytes are needed. */
function isH2Preface(bytes: Buffer): boolean | undefined {
  const length = Math.min(bytes.length, PREFACE.length)
  if (!bytes.subarray(0, length).equals(PREFACE.subarray(0, length))) return false
  return length >= TELLING_BYTES ? true : undefined
}

/** Answers requests of HTTP/2 as the front answers those of HTTP/1.1. */
export class H2Front {
  readonly #options: H2FrontOptions
  readonly #sessions: H2Sessions

  constructor(options: H2FrontOptions, settings: H2Settings) {
    this.#options = options
    this.#sessions = new H2Sessions({
      ...options,
      ...settings,
    })
  }

  /** Serves a connection. `bytes` = what was received so far. */
  take(socket: Socket, arrival: Arrival, bytes?: Buffer): void {
    this.#sessions.take(socket, (request) => this.#answer(request, arrival), bytes)
  }

  /**
   * Without TLS the first bytes tell whether the client speaks HTTP/2 [http/2 §3.3]. `onOther` gets
   * them when it does not.
   */
  detect(
    socket: Socket,
    arrival: Arrival,
    onOther: (bytes: Buffer) => void,
    before = NOTHING,
  ): void {
    const read = (more: Buffer): void => {
      const bytes = Buffer.concat([before, more])
      const isPreface = isH2Preface(bytes)
      if (isPreface === undefined) this.detect(socket, arrival, onOther, bytes)
      else if (isPreface) this.take(socket, arrival, bytes)
      else onOther(bytes)
    }
    socket.once('data', (more) => {
      this.#options.guard.run(
        'client',
        () => read(more),
        () => socket.destroy(),
      )
    })
  }

  close(): void {
    this.#sessions.close()
  }

  async end(withinMs: number): Promise<void> {
    await this.#sessions.end(withinMs)
  }

  #answer(request: H2Request, arrival: Arrival): void {
    const { stream, headers, headBytes } = request
    if (headBytes > this.#options.maxHeadBytes) {
      end(stream, 431, this.#options.heads.commonFields)
      return
    }
    const { host, ':authority': authority = host ?? '' } = headers
    if (!isHostField(authority) || hasBody(headers)) {
      end(stream, 400, this.#options.heads.commonFields)
      return
    }
    const { admin } = this.#options
    const { ':path': path = '/' } = headers
    if (admin !== undefined && isAdminPath(path, admin)) {
      this.#relay(request, authority, admin)
      return
    }
    const answered = answerTo(
      {
        method: headers[':method'],
        origin: headers.origin,
        preflightMethod: headers['access-control-request-method'],
        preflightHeaders: headers['access-control-request-headers'],
      },
      this.#options,
    )
    if (answered === undefined) this.#admit(request, arrival)
    else {
      const fields = [...answered.fields, ...this.#options.heads.commonFields]
      end(stream, answered.status, fields, headers[':method'] === 'HEAD')
    }
  }

  #relay({ stream, headers }: H2Request, host: string, admin: AdminPlace): void {
    const { ':method': method = 'GET', ':path': path = '/', origin, accept } = headers
    const { guard, heads } = this.#options
    void guard.runAsync(
      'client',
      async () => {
        const asked = { method, path, host, origin, accept }
        await relayToAdmin(admin, asked, stream, ({ status, fields, body }) => {
          if (stream.closed) return
          const endStream = body.length === 0
          stream.respond(toH2Head(status, [...fields, ...heads.commonFields]), { endStream })
          if (!endStream) stream.end(body)
        })
      },
      () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    )
  }

  /** The first stream has the place of its connection. Each further one needs its own. */
  #admit(request: H2Request, { address: peer, isAdmitted }: Arrival): void {
    const { admission, guard, onAccept, forwardedField, trustedProxies, nowMs } = this.#options
    const { stream, headers, isFirst } = request
    if (isFirst && isAdmitted) {
      this.#serve(request, peer)
      return
    }
    const forwarded = listOf(headers[forwardedField.toLowerCase()])
    const address = isAdmitted
      ? peer
      : clientBehind(peer, forwarded, forwardedField, trustedProxies)
    admission.enter(address, nowMs(), (refusal) => {
      guard.run('client', () => {
        if (refusal !== undefined) {
          this.#refuse(stream)
          return
        }
        if (stream.closed) admission.leave(address)
        else {
          stream.on('close', () => admission.leave(address))
          this.#serve(request, address)
        }
      })
      onAccept()
    })
  }

  #serve({ stream, headers, socket }: H2Request, address: string): void {
    const { hub, heads, idleMs } = this.#options
    const path = headers[':path'] ?? '/'
    const options = { endStream: false, sendDate: heads.sendsDate }
    stream.respond(heads.h2Head(headers.origin), options)
    hub.add({
      socket,
      completesLater: true,
      framing: 'plain',
      address,
      path,
      head: NOTHING,
      lastEventId: lastEventIdOf(path, firstOf(headers['last-event-id'])),
      wantsEnd: wantsEnd(firstOf(headers['x-requested-with'])),
      idleMs,
    })
  }

  #refuse(stream: ServerHttp2Stream): void {
    if (stream.closed) return
    const { whenFull } = this.#options.admission.limits
    if (whenFull === 'close') stream.close(constants.NGHTTP2_REFUSED_STREAM)
    else end(stream, 503, [['Retry-After', '5']])
  }
}

function end(
  stream: ServerHttp2Stream,
  status: number,
  fields: readonly Field[],
  isHead = false,
): void {
  const isBodyless = isHead || status === 200
  const type: readonly Field[] = isBodyless ? [] : [['Content-Type', 'text/plain']]
  stream.respond(toH2Head(status, [...fields, ...type]), { endStream: isBodyless })
  if (!isBodyless) stream.end(`${STATUS_CODES[status] ?? ''}\n`)
}

function hasBody({ ':method': method, 'content-length': length }: H2Request['headers']): boolean {
  return (method === 'GET' || method === 'HEAD') && Number(length ?? 0) > 0
}
