import http from 'k6/http'

import { type ParsedStream, readEvents } from './event-reader.ts'

/**
 * The events that a stream sends within a time. k6 has no streaming responses, but a request that
 * times out returns the received part of the body, without status and headers. [k6 2.2]
 */
export async function transcribe(
  url: string,
  timeoutMs: number,
  lastEventId?: string,
): Promise<ParsedStream> {
  const response = await http.asyncRequest('GET', url, null, {
    timeout: timeoutMs,
    responseType: 'text',
    headers: {
      Accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
    },
    tags: { name: 'stream' },
  })
  return readEvents(typeof response.body === 'string' ? response.body : '')
}
