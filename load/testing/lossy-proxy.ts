import { createServer, type ServerResponse } from 'node:http'

import { listen, type Listening } from '../process/listen.ts'

/** Replacement for the announcement of a section's log, or for a replay. */
export interface ProxyFault {
  /** Whether the verifier must accept it. */
  readonly isRight?: boolean
  /** `number` counts the announcements of section logs from 1. */
  readonly live?: (frame: string, number: number) => readonly string[]
  /** The same for the first of its clients alone. */
  readonly liveOfOne?: (frame: string, number: number) => readonly string[]
  readonly replay?: (missed: readonly string[]) => readonly string[]
  /** The number of streams in its metrics. */
  readonly counts?: (clients: number) => number
  /** Whether its events have ids. Default: yes. */
  readonly hasIds?: boolean
  /** What it promises, for `--claim`. Default: all. */
  readonly claim?: string
  /** Whether it opens a second connection to the store. */
  readonly opensTwo?: boolean
}

/**
 * A correct proxy, which a verifier must accept, and one proxy for each fault that it must detect.
 */
export const FAULTS: Readonly<Record<string, ProxyFault>> = {
  'has no fault': { isRight: true },
  'loses one event': { live: (frame, number) => (number === 31 ? [] : [frame]) },
  'sends one event twice': { live: (frame, number) => (number === 31 ? [frame, frame] : [frame]) },
  'does not replay': { replay: () => [] },
  'does not replay and does not claim it': { replay: () => [], claim: 'ids', isRight: true },
  'has no ids and claims nothing': {
    hasIds: false,
    replay: () => [],
    claim: 'none',
    isRight: true,
  },
  'counts one stream too few': { counts: (clients) => clients - 1 },
  'opens a second connection to the store': { opensTwo: true },
}

const SECTION_LOG = '/changelog/section/'

/** A proxy with one fault, which the verifier must detect. */
export async function startLossyProxy(
  upstream: string,
  login: string,
  fault: ProxyFault,
): Promise<Listening> {
  const stop = new AbortController()
  const log: string[] = []
  const clients = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      const count = fault.counts?.(clients.size) ?? clients.size
      response.end(`# TYPE streams gauge\nstreams_all 7\nstreams{process="1"} ${count}\n`)
      return
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.flushHeaders()
    const lastId = Number(request.headers['last-event-id'] ?? log.length)
    const missed = log.slice(lastId)
    for (const frame of fault.replay?.(missed) ?? missed) response.write(frame)
    clients.add(response)
    response.once('close', () => clients.delete(response))
  })
  const listening = await listen(server)
  let announcements = 0
  const onFrame = (frame: string) => {
    const numbered = `${fault.hasIds === false ? '' : `id: ${log.length + 1}\n`}${frame}\n\n`
    log.push(numbered)
    const isSection = frame.includes(SECTION_LOG)
    if (isSection) announcements++
    const sent = isSection ? (fault.live?.(numbered, announcements) ?? [numbered]) : [numbered]
    for (const [index, client] of [...clients].entries()) {
      const own = index === 0 && isSection ? fault.liveOfOne?.(numbered, announcements) : undefined
      client.write((own ?? sent).join(''))
    }
  }
  const reading = [follow(upstream, login, stop.signal, onFrame)]
  if (fault.opensTwo === true) reading.push(follow(upstream, login, stop.signal, () => {}))
  return {
    url: `${listening.url}/`,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await listening[Symbol.asyncDispose]()
      await Promise.all(reading)
    },
  }
}

/** The store's frames end with a blank line, and their lines with LF. */
async function follow(
  url: string,
  login: string,
  signal: AbortSignal,
  onFrame: (frame: string) => void,
): Promise<void> {
  const headers = { Authorization: `Basic ${Buffer.from(login).toString('base64')}` }
  try {
    const response = await fetch(url, { headers, signal })
    let rest = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const frames = (rest + chunk).split('\n\n')
      rest = frames.pop() ?? ''
      for (const frame of frames) onFrame(frame)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
