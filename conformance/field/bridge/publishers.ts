/** What a back end has sent, type and data as text. */
interface BridgedEvent {
  readonly type: string | undefined
  readonly data: string
}

/** Puts events into a hub, one after another. */
export interface Publisher {
  /** Header fields of the answer that Pushpin wants to each client's request. */
  readonly answer: Readonly<Record<string, string>>
  publish(event: BridgedEvent): Promise<void>
}

const CHANNEL = 'changes'

export function publisherFor(hub: 'nchan' | 'pushpin', url: string): Publisher {
  const send = hub === 'nchan' ? toNchan : toPushpin
  let last = Promise.resolve()
  return {
    answer: hub === 'nchan' ? {} : GRIP,
    // In order: the next one leaves when the hub has taken this one.
    publish: (event) => (last = last.then(() => send(url, event))),
  }
}

async function toNchan(url: string, { type, data }: BridgedEvent): Promise<void> {
  const headers = {
    'Content-Type': 'text/plain',
    // A header field is bytes.
    ...(type === undefined ? {} : { 'X-EventSource-Event': Buffer.from(type).toString('latin1') }),
  }
  await post(url, headers, data)
}

async function toPushpin(url: string, { type, data }: BridgedEvent): Promise<void> {
  const lines = data.split('\n').map((line) => `data: ${line}\n`)
  const content = `${type === undefined ? '' : `event: ${type}\n`}${lines.join('')}\n`
  const item = { channel: CHANNEL, formats: { 'http-stream': { content } } }
  await post(url, { 'Content-Type': 'application/json' }, JSON.stringify({ items: [item] }))
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
    // The hub is away: what it was to get is lost, as with any client of it.
    process.stderr.write(`${String(error)}\n`)
  }
}

const GRIP = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache',
  'Grip-Hold': 'stream',
  'Grip-Channel': CHANNEL,
}
