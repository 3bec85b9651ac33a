const SHOWN_BYTES = 160
const KEPT_BYTES = 4096

/** The two legs of a run: clients to the target, the target to our origins. */
export type Leg = 'client' | 'origin'

/** One event on a socket of the suite. */
export interface WireEntry {
  readonly atMs: number
  readonly leg: Leg
  /** The connection, e.g. `client 2`, `origin A, connection 1`. */
  readonly socket: string
  readonly what: 'open' | 'sent' | 'received' | 'fin-sent' | 'fin-received' | 'lost' | 'note'
  /** At most the first 4 KiB. */
  readonly bytes?: Buffer | undefined
  readonly byteCount?: number | undefined
  readonly note?: string | undefined
}

/** Everything that one check saw on both legs, on one monotonic clock. Bounded: the oldest entries are dropped. */
export class Transcript {
  readonly #entries: WireEntry[] = []
  readonly #now: () => number
  readonly #limit: number
  readonly #startMs: number
  #dropped = 0

  constructor(now: () => number, limit = 2000) {
    this.#now = now
    this.#limit = limit
    this.#startMs = now()
  }

  get entries(): readonly WireEntry[] {
    return this.#entries
  }

  /** Number of dropped entries. */
  get dropped(): number {
    return this.#dropped
  }

  /** Milliseconds since the transcript began. */
  elapsedMs(): number {
    return this.#now() - this.#startMs
  }

  add(leg: Leg, socket: string, what: WireEntry['what'], bytes?: Buffer): void {
    this.#push({
      atMs: this.elapsedMs(),
      leg,
      socket,
      what,
      bytes: bytes === undefined ? undefined : Buffer.from(bytes.subarray(0, KEPT_BYTES)),
      byteCount: bytes?.length,
    })
  }

  note(leg: Leg, socket: string, note: string): void {
    this.#push({ atMs: this.elapsedMs(), leg, socket, what: 'note', note })
  }

  #push(entry: WireEntry): void {
    if (this.#entries.length >= this.#limit) {
      this.#entries.splice(Math.floor(this.#limit / 4), 1)
      this.#dropped += 1
    }
    this.#entries.push(entry)
  }
}

const ARROWS = {
  client: { sent: '──>', received: '<──' },
  origin: { sent: '<──', received: '──>' },
} as const

function describe(entry: WireEntry): string {
  switch (entry.what) {
    case 'open':
      return `${entry.socket}: connection opened`
    case 'fin-sent':
      return `${entry.socket}: we ended the connection`
    case 'fin-received':
      return `${entry.socket}: the target ended the connection`
    case 'lost':
      return `${entry.socket}: connection reset`
    case 'note':
      return `${entry.socket}: ${entry.note ?? ''}`
    default: {
      const text = (entry.bytes ?? Buffer.alloc(0)).subarray(0, SHOWN_BYTES).toString('latin1')
      const more = (entry.byteCount ?? 0) > SHOWN_BYTES ? ' …' : ''
      return `${ARROWS[entry.leg][entry.what]} ${entry.socket} ${entry.byteCount ?? 0} B ${quoteBytes(text)}${more}`
    }
  }
}

/** Bytes (given as latin1) as a quoted string in which quoteBytes makes every byte distinguishable. */
export function quoteBytes(latin1: string): string {
  const escaped = latin1.replaceAll(/[^ !#-[\]-~]/g, (char) => {
    if (char === '\n') return String.raw`\n`
    if (char === '\r') return String.raw`\r`
    if (char === '\t') return String.raw`\t`
    if (char === '"' || char === '\\') return `\\${char}`
    return String.raw`\x` + (char.codePointAt(0) ?? 0).toString(16).padStart(2, '0')
  })
  return `"${escaped}"`
}

/** Two lanes as text: the client leg on the left, the origin leg on the right, one line per entry. */
export function renderTranscript(transcript: Transcript, newest = 60): readonly string[] {
  const shown = transcript.entries.slice(-newest)
  const hidden = transcript.dropped + transcript.entries.length - shown.length
  const lines = shown.map((entry) => {
    const time = `${entry.atMs.toFixed(1).padStart(9)} ms`
    return entry.leg === 'client'
      ? `${time}  C ${describe(entry)}`
      : `${time}    O ${describe(entry)}`
  })
  return hidden > 0 ? [`  (${hidden} earlier entries left out)`, ...lines] : lines
}
