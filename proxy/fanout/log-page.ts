import { decodeChunks } from '../sse/chunk.ts'

/** Consecutive frames as a client gets them, at most one page. */
export interface LogSlice {
  /** With chunked coding: a view into the log, shared by all readers. */
  readonly chunked: Buffer
  /** Position after the last of the frames. */
  readonly nextPosition: number
  readonly frames: number
  /** Without chunked coding, for HTTP/1.0; joined on first use, then shared. */
  readonly plain: Buffer
  /** Id and URL of each frame, for a copy of the log. */
  readonly ids: readonly (string | undefined)[]
  readonly urls: readonly (string | undefined)[]
  /** When each frame was appended. */
  readonly timesMs: readonly number[]
}

/** A part of the log, which is only ever appended to. */
export interface Page {
  readonly bytes: Buffer
  usedBytes: number
  readonly position: number
  readonly firstNumber: number
  /** Offset of each frame in the page, and when it was appended. */
  readonly starts: number[]
  readonly timesMs: number[]
  /** What each frame says. */
  readonly ids: (string | undefined)[]
  readonly urls: (string | undefined)[]
}

export const NO_PAGE: Page = {
  bytes: Buffer.alloc(0),
  usedBytes: 0,
  position: 0,
  firstNumber: 0,
  starts: [],
  timesMs: [],
  ids: [],
  urls: [],
}

/** The frames of a page between two offsets. */
export class PageSlice implements LogSlice {
  readonly position: number
  readonly nextPosition: number
  readonly chunked: Buffer
  readonly frames: number
  readonly #page: Page
  readonly #endIndex: number
  #plain: Buffer | undefined

  constructor(position: number, page: Page, start: number, end: number) {
    this.position = position
    this.nextPosition = page.position + end
    this.chunked = page.bytes.subarray(start, end)
    this.frames = page.starts.length - page.starts.findLastIndex((at) => at <= start)
    this.#page = page
    this.#endIndex = page.starts.length
  }

  get plain(): Buffer {
    this.#plain ??= decodeChunks(this.chunked)
    return this.#plain
  }

  get ids(): readonly (string | undefined)[] {
    return this.#page.ids.slice(this.#endIndex - this.frames, this.#endIndex)
  }

  get urls(): readonly (string | undefined)[] {
    return this.#page.urls.slice(this.#endIndex - this.frames, this.#endIndex)
  }

  get timesMs(): readonly number[] {
    return this.#page.timesMs.slice(this.#endIndex - this.frames, this.#endIndex)
  }
}

export const NO_SLICE = new PageSlice(-1, NO_PAGE, 0, 0)
