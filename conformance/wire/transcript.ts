import { counted } from '../counted.ts'

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

/**
 * Everything that one check saw on both legs, on one monotonic clock. Bounded: its beginning and
 * its end stay.
 */
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

  /** How many entries of its beginning are never dropped. */
  get firstKept(): number {
    return Math.floor(this.#limit / 4)
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
      this.#entries.splice(this.firstKept, 1)
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

/**
 * Bytes (given as latin1) as a quoted string in which quoteBytes makes every byte distinguishable.
 */
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

/** Content that is only a comment: a heartbeat, as one chunk or plain. */
const HEARTBEAT = /^(?:[0-9a-f]+\r\n)?(?::[^\r\n]*[\r\n]{1,6})+$/
const MAX_HEARTBEAT_BYTES = 64

function isHeartbeat({ what, bytes }: WireEntry): boolean {
  if (what !== 'received' || bytes === undefined || bytes.length > MAX_HEARTBEAT_BYTES) return false
  return HEARTBEAT.test(bytes.toString('latin1'))
}

/**
 * Two lanes as text: the client leg on the left, the origin leg on the right, one line per entry. A
 * long transcript loses its heartbeats first, then its middle, and says so.
 */
export function renderTranscript(transcript: Transcript, most = 60): readonly string[] {
  const { entries, dropped } = transcript
  const heartbeats = entries.length > most ? entries.filter(isHeartbeat).length : 0
  const kept = heartbeats > 0 ? entries.filter((entry) => !isHeartbeat(entry)) : entries
  const first = Math.ceil(most / 3)
  const cut = Math.max(0, kept.length - most) + dropped
  const shown = kept.length > most ? [...kept.slice(0, first), ...kept.slice(first - most)] : kept
  const lines = shown.map(line)
  const notes = [
    ...(cut > 0 ? [`  (${counted(cut, 'entry', 'entries')} left out here)`] : []),
    ...(heartbeats > 0 ? [`  (${counted(heartbeats, 'heartbeat')} left out everywhere)`] : []),
  ]
  const gap = Math.min(first, transcript.firstKept)
  return notes.length === 0 ? lines : [...lines.slice(0, gap), ...notes, ...lines.slice(gap)]
}

function line(entry: WireEntry): string {
  const time = `${entry.atMs.toFixed(1).padStart(9)} ms`
  return `${time}  ${entry.leg === 'client' ? 'C' : '  O'} ${describe(entry)}`
}
