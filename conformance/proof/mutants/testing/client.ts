import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

import { loopbackCertificate } from '../../../drivers/certificate.ts'
import { eventually } from './eventually.ts'

/** A raw connection to a proxy under test. It never reconnects. */
export interface Client extends AsyncDisposable {
  readonly socket: Socket
  /** Everything received so far, as latin1. */
  readonly text: () => string
  /** How the connection ended, once it has. */
  readonly end: () => 'end' | 'reset' | undefined
  /** Resolves when the received text contains `wanted`. */
  receives(wanted: string): Promise<void>
  ended(): Promise<'end' | 'reset'>
}

/** Connects and sends a request: GET with a Host field, unless the whole head is given. */
export async function openClient(
  frontUrl: string,
  { target = '/events', head }: { readonly target?: string; readonly head?: string } = {},
): Promise<Client> {
  const { host, port, protocol } = new URL(frontUrl)
  const address = { port: Number(port), host: '127.0.0.1' }
  const socket =
    protocol === 'https:'
      ? connectTls({ ...address, ca: loopbackCertificate().cert })
      : connect(address)
  let text = ''
  let end: 'end' | 'reset' | undefined
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1')
  })
  socket.on('end', () => {
    end ??= 'end'
  })
  socket.on('error', () => {
    end ??= 'reset'
  })
  socket.write(head ?? `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  return {
    socket,
    text: () => text,
    end: () => end,
    receives: async (wanted) => {
      await eventually(`${JSON.stringify(wanted)} at the client`, () =>
        text.includes(wanted) ? true : undefined,
      ).catch((cause: unknown) => {
        throw new Error(
          `${JSON.stringify(wanted)} did not arrive; received ${JSON.stringify(text)}`,
          { cause },
        )
      })
    },
    ended: () => eventually('the end of the connection', () => end),
    [Symbol.asyncDispose]: async () => void socket.destroy(),
  }
}
