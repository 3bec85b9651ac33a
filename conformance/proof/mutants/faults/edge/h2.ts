import type { EdgeFaults, Filter, FrameEdit, H2Faults } from '../../edge/edge-faults.ts'
import type { TappedFrame } from '../../edge/frame-tap.ts'
import type { Fault } from '../fault.ts'

const [DATA, HEADERS, RESET, SETTINGS, PING, GO_AWAY, CONTINUATION] = [0, 1, 3, 4, 6, 7, 9]
const ACK = 1
const COLON = 0x3a
const FRAME_BYTES = 16_384
const FEW = 10
const MAX_STREAMS_SETTING = 3
const INITIAL_WINDOW_SETTING = 4
const ROOM_FOR_ALL = 2 ** 30
/** Streams that may be open before the front gives no answer. */
const PLACES = 100

/** Faults of a front that speaks HTTP/2, on both references. */
export const H2_FAULTS: readonly Fault<EdgeFaults>[] = [
  fault('h2-holds-head', 'sends a response head over HTTP/2 with the first event', () => ({
    body: waitsForEvent,
    holdsHead: true,
  })),
  fault('h2-holds-newest', 'sends each piece over HTTP/2 only when the next one comes', () => ({
    body: holdNewest,
  })),
  fault('h2-cuts-at-16k', 'drops what exceeds one frame of HTTP/2', () => ({
    body: () => (bytes, emit) => emit(bytes.subarray(0, FRAME_BYTES)),
  })),
  fault('h2-ten-streams', 'allows ten streams on a connection', () => ({
    settings: { maxConcurrentStreams: FEW },
  })),
  fault('h2-over-limit-hangs', 'never answers streams above its limit', () => ({
    settings: { maxConcurrentStreams: 1000 },
    sends: () => announceStreams(FEW),
    ignores: (open) => open > FEW,
  })),
  fault('h2-end-ends-all', 'ends a connection with the first of its exchanges', () => ({
    sends: () => {
      let isOver = false
      return (frame) => {
        if (isOver) return 'close'
        isOver = frame.type <= HEADERS && (frame.flags & ACK) !== 0
        return frame
      }
    },
  })),
  fault(
    'h2-blocked-blocks-all',
    'sends nothing while the flow-control window of one stream is exhausted',
    () => ({
      blocksAll: true,
    }),
  ),
  fault('h2-ignores-window', 'sends more than the flow-control window allows', () => ({
    receives: () => (frame) => withSetting(frame, INITIAL_WINDOW_SETTING, ROOM_FOR_ALL),
  })),
  fault(
    'h2-drops-when-full',
    'drops events when the flow-control window of a stream is exhausted',
    () => ({
      dropsWhenFull: true,
    }),
  ),
  fault('h2-no-ping', 'does not answer PING', () => ({ sends: () => without(PING) })),
  fault('h2-no-settings-ack', 'does not acknowledge settings', () => ({
    sends: () => without(SETTINGS),
  })),
  fault('h2-refuses-unknown-frames', 'ends a connection with a frame of an unknown type', () => ({
    receives: () => (frame) => (frame.type > CONTINUATION ? 'close' : frame),
  })),
  fault('h2-frame-in-one-packet', 'ends a connection whose frame is cut between packets', () => ({
    needsWholeFrames: true,
  })),
  fault('h2-reset-ends-all', 'ends a connection when a client resets one stream', () => ({
    receives: () => closesAt(RESET),
  })),
  fault('h2-reset-keeps-place', 'counts streams that were reset as open', () => ({
    onReset: 'keeps-place',
    ignores: (open) => open > PLACES,
  })),
  fault('h2-go-away-ends-streams', 'ends open streams when a client sends GOAWAY', () => ({
    receives: () => closesAt(GO_AWAY),
  })),
  fault('h2-ignores-bad-frames', 'ignores DATA that belongs to no stream', () => ({
    receives: () => (frame) => (frame.type === DATA && frame.stream === 0 ? undefined : frame),
  })),
  fault('h2-passes-keep-alive', 'sends Keep-Alive over HTTP/2', () => ({
    sends: () => withField('keep-alive', 'timeout=5'),
  })),
  fault('h2-mixed-case', 'sends a field name in mixed case over HTTP/2', () => ({
    sends: () => withField('X-Proxy', 'edge'),
  })),
  fault('h2-status-twice', 'sends a second :status over HTTP/2', () => ({
    sends: () => withField(':status', '200'),
  })),
  fault('h2-accepts-upper-case', 'accepts field names in upper case', () => ({
    receives: () => inHead((text) => text.replace('X-Upper', 'x-upper')),
  })),
  fault('h2-accepts-connection-fields', 'accepts fields of an HTTP/1 connection', () => ({
    receives: () => inHead((text) => text.replace('transfer-encoding', 'x-transfer-coding')),
  })),
]

/** Faults of what only a concentrator sends. */
export const CONCENTRATOR_H2_FAULTS: readonly Fault<EdgeFaults>[] = [
  fault('h2-drops-comments', 'drops comments over HTTP/2', () => ({
    body: () => (bytes, emit) => {
      if (bytes[0] !== COLON) emit(bytes)
    },
  })),
  fault('h2-drops-last-event-id', 'drops Last-Event-ID of requests over HTTP/2', () => ({
    request: ({ 'last-event-id': _dropped, ...headers }) => headers,
  })),
]

/** Faults of what only a gateway forwards. */
export const GATEWAY_H2_FAULTS: readonly Fault<EdgeFaults>[] = [
  fault('h2-loses-authority', 'sends the name of its own host instead of the authority', () => ({
    request: (headers) => ({ ...headers, ':authority': 'localhost' }),
  })),
  fault(
    'h2-empty-forwarded-host',
    'copies X-Forwarded-Host from a Host field that is missing',
    () => ({
      request: (headers) => ({ ...headers, 'x-forwarded-host': headers.host ?? '' }),
    }),
  ),
  fault('h2-splits-fields', 'makes two fields of one that has a line end in its value', () => ({
    receives: () => inHead((text) => text.replaceAll('\r\n', '||')),
    request: (headers) => {
      const [value, hidden] = String(headers['x-split'] ?? '').split('||x-hidden: ')
      return hidden === undefined ? headers : { ...headers, 'x-split': value, 'x-hidden': hidden }
    },
  })),
  fault('h2-joins-cookies-with-comma', 'joins cookies with a comma', () => ({
    cookieSeparator: ', ',
  })),
  fault('h2-no-end', 'never ends a stream of HTTP/2', () => ({ atEnd: 'nothing' })),
  fault('h2-forges-end', 'ends a response that was cut off properly', () => ({ forgesEnd: true })),
  fault('h2-adds-trailers', 'adds a trailer to each response', () => ({ atEnd: 'trailers' })),
  fault('h2-reset-stays-at-back-end', 'leaves streams at the back end that were reset', () => ({
    onReset: 'leaves-back-end',
  })),
]

function fault(name: string, description: string, h2: () => H2Faults): Fault<EdgeFaults> {
  return { name, description, points: () => ({ h2: h2() }) }
}

function waitsForEvent(): Filter {
  let held: Buffer | undefined = Buffer.alloc(0)
  return (bytes, emit) => {
    if (held === undefined) return emit(bytes)
    held = Buffer.concat([held, bytes])
    if (!held.includes('data:')) return
    emit(held)
    held = undefined
  }
}

function holdNewest(): Filter {
  let newest = Buffer.alloc(0)
  return (bytes, emit) => {
    // A heartbeat releases nothing.
    if (bytes[0] === COLON) return emit(bytes)
    emit(newest)
    newest = Buffer.from(bytes)
  }
}

function closesAt(type: number): FrameEdit {
  return (frame) => (frame.type === type ? 'close' : frame)
}

/** Drops the acknowledgements of a type. */
function without(type: number): FrameEdit {
  return (frame) => (frame.type === type && (frame.flags & ACK) !== 0 ? undefined : frame)
}

function announceStreams(count: number): FrameEdit {
  return (frame) => withSetting(frame, MAX_STREAMS_SETTING, count)
}

/** Adds a setting, which replaces an earlier one. */
function withSetting(frame: TappedFrame, id: number, value: number): TappedFrame {
  if (frame.type !== SETTINGS || (frame.flags & ACK) !== 0) return frame
  const setting = Buffer.alloc(6)
  setting.writeUInt16BE(id, 0)
  setting.writeUInt32BE(value, 2)
  return { ...frame, payload: Buffer.concat([frame.payload, setting]) }
}

/** Adds a field to each response head, as a literal that no table keeps [hpack §6.2.2]. */
function withField(name: string, value: string): FrameEdit {
  const field = Buffer.from(
    `\0${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`,
    'latin1',
  )
  return (frame) =>
    frame.type === HEADERS ? { ...frame, payload: Buffer.concat([frame.payload, field]) } : frame
}

/** Changes the request heads of a client that does not compress them; lengths must stay. */
function inHead(edit: (text: string) => string): FrameEdit {
  return (frame) =>
    frame.type === HEADERS
      ? { ...frame, payload: Buffer.from(edit(frame.payload.toString('latin1')), 'latin1') }
      : frame
}
