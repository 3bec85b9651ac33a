import { createServer, type Socket } from 'node:net'

import { listen, type Listening } from '../process/listen.ts'

/** Bytes for the connection of request `number`, from 1. */
export type OddAnswer = (socket: Socket, number: number) => void

const STREAM = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n'

/** Responses that are not an event stream. The runner must report them without a stack. */
export const NO_STREAMS: Readonly<Record<string, OddAnswer>> = {
  'closes at once': (socket) => socket.destroy(),
  'resets the connection': (socket) => socket.resetAndDestroy(),
  'sends bytes that are not HTTP': (socket) => socket.end('\u0000\u001B[2J\uFFFF'),
  'sends a head without an end': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Type: t'),
  'sends a status line of another protocol': (socket) => socket.end('SSH-2.0-x\r\n\r\n'),
  'redirects to a URL that cannot be decoded': (socket) => {
    socket.end('HTTP/1.1 302 Found\r\nLocation: http://%ff@[::/\r\nContent-Length: 0\r\n\r\n')
  },
  'redirects to itself for ever': (socket) => {
    socket.end(
      'HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    )
  },
  'answers with escape sequences as its type': (socket) => {
    socket.end('HTTP/1.1 200 OK\r\nContent-Type: \u009B2J&<"\'\r\nContent-Length: 0\r\n\r\n')
  },
  'sends a body that contradicts its coding': (socket) => {
    const coded = 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello'
    socket.end(coded)
  },
}

/** Responses that look like an event stream at first. */
export const BAD_STREAMS: Readonly<Record<string, OddAnswer>> = {
  'ends each stream at once': (socket) => socket.end(`${STREAM}Content-Length: 0\r\n\r\n`),
  'sends control characters as events': (socket) => {
    socket.write(`${STREAM}\r\nid: \u001B[2J&<\ndata: \u0000\u001B]0;x\u0007\n\n`)
  },
  'resets every stream but the first': (socket, number) => {
    if (number === 1) socket.write(`${STREAM}\r\n`)
    else socket.resetAndDestroy()
  },
  'sends chunks with a wrong size': (socket) => {
    socket.end(`${STREAM}Transfer-Encoding: chunked\r\n\r\nzz\r\ndata: a\n\n\r\n`)
  },
}

/** A server on a raw socket that sends one malformed response to every request. */
export async function startOddTarget(answer: OddAnswer): Promise<Listening> {
  const sockets = new Set<Socket>()
  let requests = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}) // A disconnected client is not an error of this server.
    socket.once('close', () => sockets.delete(socket))
    socket.once('data', () => answer(socket, ++requests))
  })
  const listening = await listen(server)
  return {
    url: `${listening.url}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await listening[Symbol.asyncDispose]()
    },
  }
}
