/** [http/2 §4.1] A frame of this type, by default for the first stream of a client. */
export function frame(type: FrameType, payload: Buffer, flags = 0, streamId = 1): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = TYPES[type]
  head[4] = flags
  head.writeUInt32BE(streamId, 5)
  return Buffer.concat([head, payload])
}

type FrameType = keyof typeof TYPES
const TYPES = { data: 0, headers: 1, reset: 3, settings: 4, goaway: 7 }
const END_HEADERS = 4

/** [RFC 7541 §6] A head with this indexed status and fields without any compression. */
export function headFrame(status: 200 | 103, fields: Readonly<Record<string, string>>): Buffer {
  const coded = Object.entries(fields).flatMap(([name, value]) => [
    Buffer.of(0),
    literal(name),
    literal(value),
  ])
  const first = status === 200 ? Buffer.of(0x88) : Buffer.from(`\x08\x03${status}`, 'latin1')
  return frame('headers', Buffer.concat([first, ...coded]), END_HEADERS)
}

function literal(text: string): Buffer {
  return Buffer.concat([lengthOf(text), Buffer.from(text)])
}

/** [RFC 7541 §5.1] */
function lengthOf({ length }: string): Buffer {
  const bytes: number[] = []
  if (length < 127) return Buffer.of(length)
  let rest = length - 127
  bytes.push(127)
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.of(...bytes, rest)
}

export const STREAM_HEAD_FRAME = headFrame(200, { 'content-type': 'text/event-stream' })

export function dataFrame(text: string): Buffer {
  return frame('data', Buffer.from(text))
}

export function resetFrame(code: number): Buffer {
  return frame('reset', uint32(code))
}

/** `lastStreamId` = the last stream that the server has dealt with. */
export function goawayFrame(code: number, lastStreamId = 1): Buffer {
  return frame('goaway', Buffer.concat([uint32(lastStreamId), uint32(code)]), 0, 0)
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
