/** [http/2 §6] The types of frames. */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const FLAG = {
  ack: 0x1,
  endStream: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const

/** [http/2 §6.5.2] */
export const SETTING = { enablePush: 2, maxStreams: 3, initialWindow: 4, maxFrame: 5 } as const

/** [http/2 §7] */
export const ERROR_CODE = { none: 0, protocol: 1, refusedStream: 7, cancel: 8 } as const

/** [http/2 §3.4] */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** [http/2 §6.5.2] The largest payload unless a setting says otherwise. */
export const MAX_PAYLOAD_BYTES = 16_384

const HEAD_BYTES = 9
const NAMES = Object.keys(FRAME).map((name) => name.replace(/[A-Z]/, (c) => `_${c}`).toUpperCase())

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly streamId: number
  readonly payload: Buffer
}

export function encodeFrame({ type, flags, streamId, payload }: Frame): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(streamId, 5)
  return Buffer.concat([head, payload])
}

/** Cuts the bytes of a connection into frames. */
export class FrameReader {
  #held: Buffer[] = []
  #heldBytes = 0
  /** Bytes of the frame that is being read, its head included. */
  #wanted = HEAD_BYTES

  /** Frames that these bytes complete. Throws when a payload is larger than allowed. */
  push(bytes: Buffer): readonly Frame[] {
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    const frames: Frame[] = []
    while (this.#heldBytes >= this.#wanted) {
      const held = Buffer.concat(this.#held)
      const length = held.readUIntBE(0, 3)
      if (length > MAX_PAYLOAD_BYTES)
        throw new Error(
          `[http/2 §4.2] a frame of ${length} bytes, although ${MAX_PAYLOAD_BYTES} are allowed`,
        )
      this.#wanted = HEAD_BYTES + length
      if (held.length >= this.#wanted) {
        frames.push(frameOf(held, this.#wanted))
        this.#held = [held.subarray(this.#wanted)]
        this.#heldBytes -= this.#wanted
        this.#wanted = HEAD_BYTES
      } else this.#held = [held]
    }
    return frames
  }
}

function frameOf(bytes: Buffer, end: number): Frame {
  return {
    type: bytes.readUInt8(3),
    flags: bytes.readUInt8(4),
    streamId: bytes.readUInt32BE(5) % 2 ** 31,
    payload: bytes.subarray(HEAD_BYTES, end),
  }
}

/** [http/2 §6.1] [http/2 §6.2] The payload of DATA or HEADERS without padding and priority. */
export function contentOf({ type, flags, payload }: Frame): Buffer {
  const padding = (flags & FLAG.padded) === 0 ? 0 : (payload[0] ?? 0)
  const start = (flags & FLAG.padded) === 0 ? 0 : 1
  const priority = type === FRAME.headers && (flags & FLAG.priority) !== 0 ? 5 : 0
  return payload.subarray(start + priority, payload.length - padding)
}

export function encodeSettings(
  settings: readonly (readonly [id: number, value: number])[],
): Buffer {
  const payload = Buffer.alloc(settings.length * 6)
  for (const [at, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, at * 6)
    payload.writeUInt32BE(value, at * 6 + 2)
  }
  return payload
}

export function decodeSettings(payload: Buffer): ReadonlyMap<number, number> {
  const settings = new Map<number, number>()
  for (let at = 0; at + 6 <= payload.length; at += 6)
    settings.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2))
  return settings
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A frame in a transcript. */
export function describeFrame({ type, flags, streamId, payload }: Frame): string {
  const name = NAMES[type] ?? `frame of type ${type}`
  const where = streamId === 0 ? '' : ` stream ${streamId}`
  const end = type <= FRAME.headers && (flags & FLAG.endStream) !== 0 ? ', end of stream' : ''
  const ack = isAck(type, flags) ? ', acknowledged' : ''
  return `${name}${where}, ${payload.length} bytes${end}${ack}`
}

function isAck(type: number, flags: number): boolean {
  return (type === FRAME.settings || type === FRAME.ping) && (flags & FLAG.ack) !== 0
}
