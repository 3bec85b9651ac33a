/** An event of a back end; type and data are text. */
interface BridgedEvent {
  readonly type: string | undefined
  readonly data: string
}

/** Publishes events to a hub, one after another. */
export interface Publisher {
  /** Header fields of the response to Pushpin's request for a client. */
  readonly headers: Readonly<Record<string, string>>
  /** Body of that response: the events that a client with this `Last-Event-ID` missed. */
  missedAfter(lastEventId: string | undefined): string
  publish(event: BridgedEvent): Promise<void>
}

export const HUBS = ['nchan', 'pushpin', 'mercure', 'centrifugo'] as const

export interface HubOptions {
  /** Where events are published. */
  readonly url: string
  /** Bearer token for the hub. */
  readonly token?: string | undefined
  /** Pushpin: whether events are numbered, kept, and replayed. */
  readonly replays?: boolean | undefined
}

/** One message for a hub's publishing API. */
interface Message {
  readonly contentType: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** Topic or channel in the hub. */
const CHANNEL = 'changes'
/** Events kept for a replay by Pushpin, as many as nchan keeps. */
const MAX_KEPT = 1_000

export function publisherFor(hub: (typeof HUBS)[number], options: HubOptions): Publisher {
  const { url, token, replays = false } = options
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  const kept: string[] = []
  let count = 0
  let last = Promise.resolve()
  return {
    headers: hub === 'pushpin' ? GRIP : {},
    missedAfter(lastEventId) {
      if (lastEventId === undefined) return ''
      const missed = count - Number(lastEventId)
      return missed > 0 ? kept.slice(-missed).join('') : ''
    },
    publish(event) {
      count++
      const frame = frameOf(event, replays ? count : undefined)
      if (replays) kept.push(frame)
      if (kept.length > MAX_KEPT) kept.shift()
      const { contentType, headers, body } = MESSAGES[hub](event, frame)
      // In order: an event is sent when the hub has answered the previous one.
      const all = { 'Content-Type': contentType, ...headers, ...authorization }
      return (last = last.then(() => post(url, all, body)))
    },
  }
}

const MESSAGES: Readonly<
  Record<(typeof HUBS)[number], (event: BridgedEvent, frame: string) => Message>
> = {
  nchan: ({ type, data }) => ({
    contentType: 'text/plain',
    // A header field is a byte string.
    headers:
      type === undefined ? {} : { 'X-EventSource-Event': Buffer.from(type).toString('latin1') },
    body: data,
  }),
  pushpin: (_event, content) => {
    return json({ items: [{ channel: CHANNEL, formats: { 'http-stream': { content } } }] })
  },
  mercure: ({ type, data }) => {
    const form = new URLSearchParams({ topic: CHANNEL, data, ...(type !== undefined && { type }) })
    return { contentType: 'application/x-www-form-urlencoded', body: form.toString() }
  },
  centrifugo: ({ data }) => json({ channel: CHANNEL, data: jsonOrText(data) }),
}

function frameOf({ type, data }: BridgedEvent, id: number | undefined): string {
  const lines = data.split('\n').map((line) => `data: ${line}\n`)
  const head = `${id === undefined ? '' : `id: ${id}\n`}${type === undefined ? '' : `event: ${type}\n`}`
  return `${head}${lines.join('')}\n`
}

function json(body: object): Message {
  return { contentType: 'application/json', body: JSON.stringify(body) }
}

/** Centrifugo publishes JSON values. */
function jsonOrText(data: string): unknown {
  try {
    const value: unknown = JSON.parse(data)
    return value
  } catch {
    return data
  }
}

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<void> {
  try {
    const response = await fetch(url, { method: 'POST', headers, body })
    await response.arrayBuffer()
    if (!response.ok) process.stderr.write(`the hub answered ${response.status}\n`)
  } catch (error) {
    // An event is lost while the hub is down, as with any client of the hub.
    process.stderr.write(`${String(error)}\n`)
  }
}

const GRIP = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache',
  'Grip-Hold': 'stream',
  'Grip-Channel': CHANNEL,
}
