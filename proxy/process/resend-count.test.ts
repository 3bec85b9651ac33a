import { connect, createServer } from 'node:net'

import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { listenOn } from '../listen.ts'
import { readResendCount, sumOfResends } from './resend-count.ts'

const isLinux = process.platform === 'linux'

const SNMP = 'Ip: A\nIp: 9\nTcp: InSegs RetransSegs InErrs\nTcp: 1000 2 3000\n'
const NETSTAT = 'TcpExt: TCPTimeouts TW TCPWinProbe TCPRetransFail\nTcpExt: 40 50000 600 8000\n'

describe('sumOfResends', () => {
  it('sumOfResends adds retransmissions, timeouts, window probes and failures, and nothing else', () => {
    expect(sumOfResends([SNMP, NETSTAT])).toBe(8_642)
  })

  it.each([
    ['the files are missing', ['', '']],
    ['a column is missing', [SNMP, NETSTAT.replaceAll('TCPWinProbe', 'Other')]],
  ])('sumOfResends returns undefined when %s', (_what, texts) => {
    expect(sumOfResends(texts)).toBeUndefined()
  })
})

describe.skipIf(!isLinux)('resend count (the counters are of the Linux kernel)', () => {
  it('readResendCount rises when the kernel asks a full peer whether it has room', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {}) // The client leaves with unread bytes.
      socket.write(Buffer.alloc(32 * 1024 * 1024))
    })
    const port = await listenOn(server, { host: '127.0.0.1', port: 0, backlog: 1 })
    const before = await readResendCount()
    const client = connect({ port, host: '127.0.0.1' }).pause()
    try {
      await eventually('the kernel asks', async () => {
        return ((await readResendCount()) ?? Number.NaN) > (before ?? Number.NaN)
      })
    } finally {
      client.destroy()
      server.close()
    }
    expect(before).toBeGreaterThanOrEqual(0)
  })
})
