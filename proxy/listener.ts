import type { SendHandle } from 'node:child_process'
import type { Server } from 'node:net'

import { type Connector, placeOf } from './config/connector.ts'
import { descriptorOf, handleOf } from './descriptor.ts'
import { bind, listenOn } from './listen.ts'
import { SocketFile } from './socket-file.ts'

/** A server that listens. */
export interface Listener {
  /** 0 = it listens at a Unix socket. */
  readonly port: number
  /** Of its socket; undefined = Node does not tell it. */
  readonly descriptor: number | undefined
  /** What a process can be sent of it. */
  readonly handle: SendHandle | undefined
  /** Accepts no more connections, and removes its file of a Unix socket. Open connections stay. */
  readonly stop: () => void
}

/** Makes a server listen where the connector says. Throws `cannot-listen`. */
export async function openListener(
  server: Server,
  connector: Connector,
  backlog: number | undefined,
): Promise<Listener> {
  const { host, port, fd, socket } = connector
  const stop = (): void => void server.close()
  if (socket === undefined) {
    const bound = await listenOn(server, { host, port, fd, backlog })
    return { port: bound, descriptor: descriptorOf(server), handle: handleOf(server), stop }
  }
  const place = placeOf(connector)
  if (fd !== undefined || socket.openAt !== undefined) {
    await bind(server, place, { ...(fd === undefined ? { path: socket.openAt } : { fd }), backlog })
    return { port: 0, descriptor: descriptorOf(server), handle: handleOf(server), stop }
  }
  const file = await SocketFile.claim(socket)
  try {
    await bind(server, place, { path: file.openAt, backlog })
    await file.publish()
    file.settle()
  } catch (error) {
    stop()
    file.remove()
    throw error
  }
  return {
    port: 0,
    descriptor: descriptorOf(server),
    handle: handleOf(server),
    stop: () => {
      stop()
      file.remove()
    },
  }
}
