import { fieldValue, withField, type RequestHead, type ResponseHead } from '../http/head.ts'

const COUNTED = new Set(['OPTIONS', 'TRACE'])

/** How often a request may still be forwarded [http §7.6.2]. Undefined: without a limit. */
function forwardsLeft(request: RequestHead): number | undefined {
  const value = fieldValue(request, 'max-forwards') ?? ''
  return COUNTED.has(request.method) && /^\d{1,9}$/.test(value) ? Number(value) : undefined
}

export function isLastRecipient(request: RequestHead): boolean {
  return forwardsLeft(request) === 0
}

export function withOneForwardLess(request: RequestHead): RequestHead {
  const left = forwardsLeft(request)
  return left === undefined ? request : withField(request, 'Max-Forwards', `${left - 1}`)
}

/** What the last recipient answers by itself. */
export const OF_LAST_RECIPIENT: ResponseHead = {
  status: 200,
  reason: 'OK',
  fields: [
    ['Allow', 'GET, HEAD, OPTIONS, POST, PUT, DELETE'],
    ['Content-Length', '0'],
  ],
}
