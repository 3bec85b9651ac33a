import type { BackendSettings } from '../../../runner/target.ts'
import type { Cookies } from './cookies.ts'
import type { Switches } from './switches.ts'

/** What a source knows when it asks. */
interface Facts {
  readonly lastId: string
  readonly cookies: Cookies
  /** How often its stream was lost so far. */
  readonly losses: number
  readonly redirected: boolean
}

/**
 * The request for the stream of a back end, at its own URL or where a redirect on the same origin
 * led.
 */
export function sourceRequest(
  url: string,
  { credentials, httpHeaders = {} }: BackendSettings,
  { lastId, cookies, losses, redirected }: Facts,
  switches: Switches,
): Buffer {
  const { host, pathname, search } = new URL(url)
  const losesQuery =
    (losses > 0 && switches.has('ring-query-lost-on-return')) ||
    (redirected && switches.has('ring-query-lost-by-redirect'))
  const losesLogin =
    (losses > 0 && switches.has('ring-login-lost-on-return')) ||
    (redirected && switches.has('ring-login-lost-by-redirect'))
  const fields = new Map([
    ['host', `Host: ${host}`],
    ['accept', 'Accept: text/event-stream'],
    ['accept-encoding', 'Accept-Encoding: identity'],
  ])
  if (credentials !== undefined && !losesLogin) {
    const token = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')
    fields.set('authorization', `Authorization: Basic ${token}`)
  }
  const cookie = cookies.field(pathname)
  if (cookie !== '') fields.set('cookie', `Cookie: ${cookie}`)
  if (lastId !== '') fields.set('last-event-id', `Last-Event-ID: ${lastId}`)
  const losesHeaders = losses > 0 && switches.has('ring-headers-lost-on-return')
  for (const [name, value] of losesHeaders ? [] : Object.entries(httpHeaders)) {
    fields.set(name.toLowerCase(), `${name}: ${value}`)
  }
  const target = losesQuery ? pathname : pathname + search
  const lines = [...fields.values()].map((line) =>
    switches.has('ring-lower-case-request') ? lowerCaseName(line) : line,
  )
  return Buffer.from(`GET ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

function lowerCaseName(line: string): string {
  const colon = line.indexOf(':')
  return line.slice(0, colon).toLowerCase() + line.slice(colon)
}
