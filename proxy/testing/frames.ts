import type { OutgoingFrame } from '../sse/frame.ts'

/** Frames whose data are the numbers of a range, ends included. */
export function numberFrames(from: number, to: number): string {
  return numbers(from, to)
    .map((number) => `data: ${number}\n\n`)
    .join('')
}

/** The numbers of a range as texts, ends included. */
export function numbers(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index))
}

/** A frame as the log appends it, without id and URL. */
export function outgoingFrame(text: string): OutgoingFrame {
  return { bytes: Buffer.from(text), id: undefined, url: undefined }
}
