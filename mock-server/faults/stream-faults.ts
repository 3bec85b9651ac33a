import type { Response } from 'express'

import type { StoreClock } from '../clock/store-clock.ts'
import { MockServerError } from '../errors.ts'
import { Wire } from '../http/wire.ts'
import type { Frames } from '../sse/frames.ts'
import { oneEvent } from '../sse/frames.ts'
import type { StreamClient } from '../sse/stream-client.ts'
import type { OpenedStream, StreamTap } from '../sse/stream-tap.ts'
import type { FaultPlan } from './fault-plan.ts'
import { cutStream } from './kinds/cut.ts'
import { drawDelayMs } from './kinds/delay.ts'
import { atHost } from './kinds/event-order.ts'
import { defectOf } from './kinds/malformed.ts'
import { makeSplittable, paceConnection } from './kinds/pace.ts'
import { truncated } from './kinds/truncate.ts'
import { lastFor } from './struck-connection.ts'
import { OpenStream } from './open-stream.ts'
import type { SetFault } from './set-fault.ts'
import type { StruckStream } from './struck-stream.ts'

type Send = (frames: Frames) => void

/** Lets the plan's faults of scope `sse-open` strike open streams and their events. */
export class StreamFaults implements StreamTap {
  readonly #plan: FaultPlan
  readonly #clock: StoreClock
  readonly #streams = new Map<StreamClient, OpenStream>()
  readonly #whenOpen = new WeakMap<Response, (stream: OpenStream) => void>()

  constructor(plan: FaultPlan, clock: StoreClock) {
    this.#plan = plan
    this.#clock = clock
    plan.onStart((set) => {
      for (const stream of this.#streams.values()) this.#strike(stream, [set])
    })
  }

  /** Open streams, oldest first. */
  get streams(): readonly OpenStream[] {
    return [...this.#streams.values()]
  }

  /** Throws `not-found`. */
  stream(clientId: string): OpenStream {
    const found = this.streams.find(({ opened }) => opened.client.info.id === clientId)
    if (found !== undefined) return found
    throw new MockServerError('not-found', `there is no client ${clientId}; its stream has ended`)
  }

  /** For a fault that has struck a request: `run` is called with the stream that it opens. */
  whenOpen(response: Response, set: SetFault, run: (stream: StruckStream) => void): void {
    this.#whenOpen.set(response, (stream) => run(this.#struck(stream, set)))
  }

  opened(opened: OpenedStream): void {
    const { client, request, response } = opened
    const asked = response.locals.faultSubject ?? { path: request.path, method: request.method }
    const subject = { ...asked, scope: 'sse-open' as const, client: client.info.id }
    const stream = new OpenStream(opened, subject, this.#clock)
    this.#streams.set(client, stream)
    this.#whenOpen.get(response)?.(stream)
    this.#strike(stream)
  }

  closed(client: StreamClient): void {
    this.#streams.get(client)?.life.end()
    this.#streams.delete(client)
  }

  isOn(client: StreamClient): boolean {
    return this.#plan.hasEventFaults || this.#streams.get(client)?.isArmed === true
  }

  deliver(client: StreamClient, frames: Frames, send: Send): void {
    const stream = this.#streams.get(client)
    for (const part of frames.parts ?? [{ text: frames.bytes.plain.toString(), log: undefined }]) {
      if (stream === undefined || stream.life.isOver) return
      const set = this.#plan.strike(
        { ...stream.subject, log: part.log },
        { correlation: frames.correlation },
      )
      const event = oneEvent(frames, Buffer.from(part.text))
      if (set === undefined) stream.send(event, send)
      else this.#strikeEvent(set, stream, event, send)
    }
  }

  #strike(stream: OpenStream, only?: readonly SetFault[]): void {
    for (const set of this.#plan.strikeStream(stream.subject, only)) {
      if (stream.life.isOver) return
      strikeStream(set, this.#struck(stream, set))
    }
  }

  #struck(stream: OpenStream, { life, random }: SetFault): StruckStream {
    return {
      client: stream.opened.client,
      socket: stream.socket,
      clock: this.#clock,
      lives: [life, stream.life],
      random,
      end: () => stream.end(),
      leave: () => stream.opened.leave(),
      afterEvents: (events, act) => stream.afterEvents(events, act),
    }
  }

  #strikeEvent(set: SetFault, stream: OpenStream, event: Frames, send: Send): void {
    const { fault } = set
    const line = this.#struck(stream, set)
    const sendOne = (bytes: Buffer): void => stream.send(oneEvent(event, bytes), send)
    const { plain } = event.bytes
    switch (fault.kind) {
      case 'latency':
      case 'jitter': {
        const ms = fault.kind === 'latency' ? fault.ms : drawDelayMs(fault, line.random)
        lastFor(line, Wire.of(line.socket, this.#clock).delay(ms))
        sendOne(plain)
        return
      }
      case 'event-lost':
        return
      case 'event-doubled':
        for (let copy = 0; copy < fault.copies; copy += 1) sendOne(plain)
        return
      case 'event-foreign': {
        const { baseUrl } = line.client.info
        sendOne(Buffer.from(atHost(plain.toString(), baseUrl, fault.host)))
        return
      }
      case 'event-reordered':
        this.#sendLater(line, fault, stream, () => sendOne(plain))
        return
      case 'malformed':
        sendOne(defectOf(fault.defect).change?.(plain) ?? plain)
        return
      case 'truncate':
        // Without its blank line at least, so that it is no event.
        sendOne(truncated(fault, plain).subarray(0, plain.length - 1))
        stream.end()
        return
      default:
        sendOne(plain)
    }
  }

  /** After `by` more events, or after `ms`; the stream or the fault may end before. */
  #sendLater(
    line: StruckStream,
    { by, ms }: { readonly by: number; readonly ms: number },
    stream: OpenStream,
    send: () => void,
  ): void {
    let forget: (() => void) | undefined
    const end = lastFor(
      line,
      () => {
        forget?.()
        send()
      },
      ms,
    )
    forget = stream.afterEvents(by, end)
  }
}

/** Strikes a stream that is open. */
function strikeStream({ fault }: SetFault, stream: StruckStream): void {
  switch (fault.kind) {
    case 'reset':
    case 'fin':
    case 'stall':
    case 'half-open':
      cutStream(fault, stream)
      return
    case 'bandwidth':
    case 'split':
      paceConnection(fault, stream)
      makeSplittable(fault, stream)
      return
    default:
  }
}
