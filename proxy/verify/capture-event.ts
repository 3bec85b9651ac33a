import { readFrame } from '../sse/frame.ts'

/** An event, or a block that only sets the last event id, as a client received it. */
export interface CaptureEvent {
  readonly id: string | undefined
  /** Empty for an event without a name. */
  readonly name: string
  /** Undefined for a block without data, which dispatches nothing [sse §9.2.6]. */
  readonly data: string | undefined
}

const FIELD = /^([^:]*)(?:: ?(.*))?$/s

/** Reads the lines of a frame. */
export function readEvent(frame: Buffer): CaptureEvent {
  const { id, outgoing } = readFrame(frame, { maxIdBytes: undefined })
  let name = ''
  const data: string[] = []
  for (const line of outgoing?.bytes.toString('utf8').split(/\r\n|\n|\r/) ?? []) {
    const [, field, value = ''] = FIELD.exec(line) ?? []
    if (field === 'event') name = value
    if (field === 'data') data.push(value)
  }
  return { id, name, data: data.length === 0 ? undefined : data.join('\n') }
}
