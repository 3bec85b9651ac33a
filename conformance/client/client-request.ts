import type { HeaderField } from '../wire/http/header-fields.ts'

/** A client's request. Every default is what `curl -N URL` sends. */
export interface ClientRequest {
  readonly method?: string | undefined
  /** Request target, byte for byte. */
  readonly target: string
  readonly version?: '1.0' | '1.1' | undefined
  readonly fields?: readonly HeaderField[] | undefined
  /** Sent as latin1: one byte per character. */
  readonly body?: string | undefined
  /** The whole request as bytes. Replaces every field above except the method. */
  readonly raw?: Buffer | undefined
}

/** The bytes of a request to this front. */
export function encodeRequest(request: ClientRequest, frontUrl: string): Buffer {
  if (request.raw !== undefined) return request.raw
  const { method = 'GET', target, version = '1.1', fields = [], body } = request
  const hasHost = fields.some((field) => field.name.toLowerCase() === 'host')
  const lines = [
    `${method} ${target} HTTP/${version}`,
    ...(hasHost ? [] : [`Host: ${new URL(frontUrl).host}`]),
    ...fields.map(({ name, value }) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`]),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`, 'latin1')
}
