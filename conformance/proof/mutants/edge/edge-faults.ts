import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import type { TlsOptions, TLSSocket } from 'node:tls'

import type { TappedFrame } from './frame-tap.ts'

/** Takes bytes and emits what is forwarded. */
export type Filter = (bytes: Buffer, emit: (bytes: Buffer) => void) => void

/** What a fault sees of the edge: it may disturb all clients. */
export interface Edge {
  /** Resets every client, as a process does that dies of an exception. */
  crash(): void
  /** Sends no client anything for a while, as a process does that works without a break. */
  freeze(ms: number): void
}

/** The fault points of TLS. */
export interface TlsFaults {
  /** Settings of the listener; it serves HTTP/1.1 and HTTP/2 unless they say otherwise. */
  readonly options?: TlsOptions | undefined
  /** A client has connected. `ignore`: it gets no handshake. */
  readonly client?: ((socket: Socket) => 'serve' | 'ignore' | Promise<'serve'>) | undefined
  /** True: a connection ends without a closure alert. */
  readonly endsSilently?: boolean | undefined
  /** True: a lost response ends with a closure alert. */
  readonly forgesEnd?: boolean | undefined
  /** True: an error of one connection ends all. */
  readonly errorEndsAll?: boolean | undefined
}

/** The fault points of HTTP/1 connections, which are forwarded byte by byte. */
export interface LinkFaults {
  /** A client has connected. `ignore`: nothing is read from it. */
  readonly client?: ((nth: number, edge: Edge) => 'serve' | 'ignore') | undefined
  /** Created for each connection. */
  readonly fromClient?: ((edge: Edge, client: Socket) => Filter) | undefined
  readonly toClient?: ((client: Socket | TLSSocket, edge: Edge) => Filter) | undefined
  /** A client has ended its side. `true`: nothing else happens. */
  readonly onHalfClose?: ((edge: Edge, client: Socket) => boolean) | undefined
  /** Tells the proxy behind so much later that a client has left. */
  readonly leavesAfterMs?: number | undefined
  /** A client has left. `true`: the proxy behind is not told. */
  readonly onLeave?: ((edge: Edge, client: Socket) => boolean) | undefined
}

/** The fault points of HTTP/2. */
export interface H2Faults {
  readonly settings?: { readonly maxConcurrentStreams?: number } | undefined
  /** True: a request gets no answer, given how many streams its connection has. */
  readonly ignores?: ((open: number) => boolean) | undefined
  readonly request?: ((headers: IncomingHttpHeaders) => IncomingHttpHeaders) | undefined
  /** How several cookie fields are joined. */
  readonly cookieSeparator?: string | undefined
  readonly response?: ((headers: OutgoingHttpHeaders) => OutgoingHttpHeaders) | undefined
  readonly body?: (() => Filter) | undefined
  /** True: the head waits for the first event. */
  readonly holdsHead?: boolean | undefined
  /** True: while one stream has no room, none of its connection gets anything. */
  readonly blocksAll?: boolean | undefined
  /** True: what a stream has no room for is dropped. */
  readonly dropsWhenFull?: boolean | undefined
  readonly atEnd?: 'nothing' | 'trailers' | undefined
  /** True: an aborted response ends properly. */
  readonly forgesEnd?: boolean | undefined
  readonly onReset?: 'leaves-back-end' | 'keeps-place' | undefined
  /** Edits the frames of the target; undefined drops one. Created for each connection. */
  readonly sends?: (() => FrameEdit) | undefined
  /** Edits the frames of the client. */
  readonly receives?: (() => FrameEdit) | undefined
  /** True: a frame that two packets share ends the connection. */
  readonly needsWholeFrames?: boolean | undefined
}

export type FrameEdit = (frame: TappedFrame) => TappedFrame | 'close' | undefined

export interface EdgeFaults {
  readonly tls?: TlsFaults | undefined
  readonly link?: LinkFaults | undefined
  readonly h2?: H2Faults | undefined
}
