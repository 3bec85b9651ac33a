import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

import type { RequestEvents } from './back-end-request.ts'
import { lost, refused } from './trouble.ts'

/** Sends a request of HTTP/1.1. */
export function sendHttp1(request: ClientRequest, events: RequestEvents): void {
  const { onConnected, onInterim, onResponse, onFailed } = events
  let hasResponse = false
  request.once('socket', (socket: Socket) => {
    if (socket.connecting) socket.once('connect', () => onConnected(socket))
    else onConnected(socket)
  })
  request.on('information', onInterim)
  request.on('upgrade', (_response, socket) => {
    socket.destroy()
    onFailed(refused('answered 101, expected 200'))
  })
  request.on('response', (response) => {
    hasResponse = true
    const { remoteAddress = '' } = response.socket
    onResponse(Object.assign(response, { remoteAddress }))
  })
  request.on('error', onFailed)
  request.on('close', () => {
    if (!hasResponse) onFailed(lost('closed without a response'))
  })
  request.end()
}

/** [RFC 7301 §3.2] Whether the server refused TLS because it speaks another protocol above it. */
export function isOtherProtocol({ message }: Error): boolean {
  return message.includes('alert no application protocol')
}

/** [http/2 §6.5] Type of the frame that a server of HTTP/2 sends first, and where it is. */
const SETTINGS = 4
const TYPE_AT = 3

/** Whether the server answered without TLS as one of HTTP/2 does. */
export function isH2Answer(error: Error): boolean {
  const bytes = 'rawPacket' in error ? error.rawPacket : undefined
  return bytes instanceof Uint8Array && bytes[0] === 0 && bytes[TYPE_AT] === SETTINGS
}
