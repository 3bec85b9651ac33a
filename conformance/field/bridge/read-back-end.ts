import { request, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import { createParser } from 'eventsource-parser'

import type { Publisher } from './publishers.ts'

const FIRST_WAIT_MS = 200
/** Timers of Node end at once above 2^31 ms. */
const MAX_WAIT_MS = 60_000

export interface BackEnd {
  readonly uri: string
  readonly credentials?: { readonly username: string; readonly password: string } | undefined
  readonly httpHeaders?: Readonly<Record<string, string>> | undefined
}

/** Reads one back end until `signal` aborts, and publishes its events. */
export async function readBackEnd(
  backEnd: BackEnd,
  publisher: Publisher,
  signal: AbortSignal,
): Promise<void> {
  let lastId = ''
  let waitMs = FIRST_WAIT_MS
  while (!signal.aborted) {
    const parser = createParser({
      onEvent: ({ event, data, id }) => {
        lastId = id ?? lastId
        void publisher.publish({ type: event, data })
      },
      onRetry: (ms) => {
        waitMs = Math.min(Math.max(ms, FIRST_WAIT_MS), MAX_WAIT_MS)
      },
    })
    try {
      const response = await ask(backEnd, lastId, signal)
      const decoder = new TextDecoder()
      if (isPlainStream(response)) {
        for await (const bytes of response) parser.feed(decoder.decode(bytes, { stream: true }))
      } else response.destroy()
    } catch (error) {
      if (!signal.aborted) process.stderr.write(`${String(error)}\n`)
    }
    // An abort ends the wait; the loop ends with it.
    await delay(waitMs, undefined, { signal }).catch(() => {})
  }
}

/** [http §8.4] A content coding that was not asked for is not read as text. */
function isPlainStream({ statusCode, headers }: IncomingMessage): boolean {
  const isStream = /^text\/event-stream\b/i.test(headers['content-type'] ?? '')
  return statusCode === 200 && isStream && headers['content-encoding'] === undefined
}

function ask(
  { uri, credentials, httpHeaders }: BackEnd,
  lastId: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = {
    Accept: 'text/event-stream',
    // A header field is a byte string: the id goes back byte for byte.
    ...(lastId === '' ? {} : { 'Last-Event-ID': Buffer.from(lastId).toString('latin1') }),
    ...httpHeaders,
  }
  const auth = credentials && `${credentials.username}:${credentials.password}`
  return new Promise((resolve, reject) => {
    request(uri, { headers, signal, auth }, resolve)
      .once('error', reject)
      // Node closes a connection whose protocol switches unasked, and reports no error.
      .once('close', () => reject(new Error('the back end sent no response that can be read')))
      .end()
  })
}
