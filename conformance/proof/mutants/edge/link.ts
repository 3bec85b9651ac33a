import { connect, type Socket } from 'node:net'

import type { Edge, LinkFaults, TlsFaults } from './edge-faults.ts'

export interface LinkOptions {
  readonly client: Socket
  /** Bytes of the client that have been read. */
  readonly head: Buffer
  readonly behindUrl: string
  readonly edge: Edge
  readonly faults: LinkFaults
  readonly tls: TlsFaults
}

/** Forwards the bytes of one HTTP/1 client to the proxy behind, and back. */
export function openLink({ client, head, behindUrl, edge, faults, tls }: LinkOptions): void {
  const behind = connect({ host: '127.0.0.1', port: Number(new URL(behindUrl).port) })
  behind.setNoDelay(true)
  const fromClient = faults.fromClient?.(edge, client)
  const toClient = faults.toClient?.(client, edge)
  const sendBehind = (bytes: Buffer): void => {
    if (behind.writable && !behind.write(bytes)) pauseUntilDrain(client, behind)
  }
  const sendClient = (bytes: Buffer): void => {
    if (client.writable && !client.write(bytes)) pauseUntilDrain(behind, client)
  }
  const take = (bytes: Buffer): void => {
    if (fromClient === undefined) sendBehind(bytes)
    else fromClient(bytes, sendBehind)
  }
  client.on('data', take)
  client.on('end', () => {
    if (faults.onHalfClose?.(edge, client) !== true) behind.end()
  })
  client.on('close', () => {
    if (faults.onLeave?.(edge, client) === true) return
    const { leavesAfterMs } = faults
    if (leavesAfterMs === undefined) behind.destroy()
    else setTimeout(() => behind.destroy(), leavesAfterMs)
  })
  behind.on('data', (bytes) => {
    if (toClient === undefined) sendClient(bytes)
    else toClient(bytes, sendClient)
  })
  behind.on('end', () => {
    if (tls.endsSilently === true) client.write('', () => client.destroy())
    else client.end()
  })
  behind.on('error', () => {
    if (tls.forgesEnd === true) client.end()
    else client.destroy()
  })
  behind.on('close', () => {
    if (client.writable && !client.writableEnded) client.destroy()
  })
  if (head.length > 0) take(head)
}

function pauseUntilDrain(source: Socket, sink: Socket): void {
  source.pause()
  sink.once('drain', () => source.resume())
}
