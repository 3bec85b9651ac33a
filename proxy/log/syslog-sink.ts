import { createSocket, type Socket } from 'node:dgram'
import { hostname } from 'node:os'

import type { Sink } from '../output/sink.ts'

export interface SyslogOptions {
  readonly host: string
  readonly port: number
}

/** Facilities by their names [RFC 3164 §4.1.1]. */
export const FACILITIES = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'audit',
  'alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const

const SEVERITIES = { ERROR: 3, WARN: 4, INFO: 6, DEBUG: 7, TRACE: 7 } as const
/** What receivers accept at least [RFC 5426 §3.2]. */
const MAX_BYTES = 2048

/** The head of a message [RFC 3164 §4.1]: priority, host and program; `stamp` = `Jan  1 00:00:00`. */
export function syslogHead(
  facility: (typeof FACILITIES)[number],
  level: keyof typeof SEVERITIES,
  stamp: string,
): string {
  const priority = FACILITIES.indexOf(facility) * 8 + SEVERITIES[level]
  return `<${priority}>${stamp} ${hostname()} sse-proxy[${process.pid}]: `
}

/** Sends each line as a datagram, which never waits for a receiver. */
export class SyslogSink implements Sink {
  readonly #socket: Socket
  readonly #options: SyslogOptions

  constructor(options: SyslogOptions) {
    this.#options = options
    this.#socket = createSocket(options.host.includes(':') ? 'udp6' : 'udp4')
    // A refused datagram may be reported later. The log continues.
    this.#socket.on('error', () => undefined)
    this.#socket.unref()
  }

  write(
    buffers: readonly Buffer[],
    done: (error: Error | null, writtenBytes: number) => void,
  ): void {
    const [lines = Buffer.alloc(0)] = buffers
    const { host, port } = this.#options
    const lineEnd = lines.indexOf('\n')
    const end = lineEnd === -1 ? lines.length : lineEnd
    this.#socket.send(lines.subarray(0, Math.min(end, MAX_BYTES)), port, host, (error) => {
      // A host that is unknown for a while must not lose lines. Other errors are of this datagram.
      if (error !== null && 'syscall' in error && error.syscall === 'getaddrinfo') done(error, 0)
      else done(null, Math.min(end + 1, lines.length))
    })
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.close(resolve)
    })
  }

  writeNow(): number {
    throw new Error('a datagram cannot be sent at once')
  }
}
