import { Duplex } from 'node:stream'

import type { FrameEdit } from './edge-faults.ts'

const HEAD_BYTES = 9
const PREFACE_BYTES = 24

/** One frame [http/2 §4.1]. */
export interface TappedFrame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

export interface TapOptions {
  readonly sends?: FrameEdit | undefined
  readonly receives?: FrameEdit | undefined
  readonly needsWholeFrames?: boolean | undefined
}

/** A connection whose frames are edited on their way. */
export class FrameTap extends Duplex {
  readonly #under: Duplex
  readonly #sends: FrameCutter
  readonly #receives: FrameCutter

  constructor(under: Duplex, { sends, receives, needsWholeFrames = false }: TapOptions) {
    super({ allowHalfOpen: false })
    this.#under = under
    this.#sends = new FrameCutter(sends, 0)
    this.#receives = new FrameCutter(receives, PREFACE_BYTES)
    under.on('data', (bytes: Buffer) => {
      const edited = this.#receives.push(bytes)
      const isCut = needsWholeFrames && this.#receives.isInside
      if (edited === 'close' || isCut) under.destroy()
      else if (!this.push(edited)) under.pause()
    })
    under.on('end', () => this.push(null))
    under.on('error', (error) => this.destroy(error))
    under.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#under.resume()
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const edited = this.#sends.push(bytes)
    if (edited !== 'close' && this.#under.writable)
      return void this.#under.write(edited, () => done())
    this.#under.destroy()
    done()
  }

  override _final(done: () => void): void {
    this.#under.end(() => done())
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#under.destroy()
    done(error)
  }
}

/** Cuts bytes into frames and edits each. */
class FrameCutter {
  readonly #edit: FrameEdit
  #skipped: number
  #held: Buffer = Buffer.alloc(0)

  constructor(edit: FrameEdit = (frame) => frame, prefaceBytes: number) {
    this.#edit = edit
    this.#skipped = prefaceBytes
  }

  /** Whether a frame has begun and not ended. */
  get isInside(): boolean {
    return this.#held.length > 0
  }

  push(bytes: Buffer): Buffer | 'close' {
    const preface = bytes.subarray(0, this.#skipped)
    this.#skipped -= preface.length
    this.#held = Buffer.concat([this.#held, bytes.subarray(preface.length)])
    const out = [preface]
    while (this.#held.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + this.#held.readUIntBE(0, 3)
      if (this.#held.length < end) break
      const edited = this.#edit(parse(this.#held.subarray(0, end)))
      if (edited === 'close') return 'close'
      if (edited !== undefined) out.push(render(edited))
      this.#held = this.#held.subarray(end)
    }
    return Buffer.concat(out)
  }
}

function parse(bytes: Buffer): TappedFrame {
  return {
    type: bytes.readUInt8(3),
    flags: bytes.readUInt8(4),
    stream: bytes.readUInt32BE(5),
    payload: bytes.subarray(HEAD_BYTES),
  }
}

function render({ type, flags, stream, payload }: TappedFrame): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}
