import type { RawClient } from '../../client/raw-client.ts'

/** What a target did instead of forwarding a request. */
export function ownAnswer({
  head,
  ending = 'the target closed the connection',
}: RawClient): string {
  if (head === undefined) return ending
  return `the target answered ${head.status} ${head.reason} by itself${statusHint(head.status)}`
}

/** What to change when the target itself answers with this status. */
export function statusHint(status: number): string {
  if (status === 404)
    return ' (if it serves the stream under one path only, give that path: --front http://HOST:PORT/PATH, or frontPath in the target file)'
  if (status === 406)
    return ' (the request has no Accept field, as that of curl may; a target must not demand text/event-stream there)'
  return ''
}
