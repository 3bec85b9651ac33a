import { readFile } from 'node:fs/promises'

/**
 * The kernel's counters that rise when a peer is asked again: name of the row, and its columns
 * [proc_net].
 */
const COUNTERS = [
  { file: '/proc/net/snmp', row: 'Tcp:', columns: ['RetransSegs'] },
  {
    file: '/proc/net/netstat',
    row: 'TcpExt:',
    columns: ['TCPTimeouts', 'TCPWinProbe', 'TCPRetransFail'],
  },
] as const

/**
 * Number of retransmissions and window probes of this host since its start. While it stays the
 * same, no connection gets its first attempt. undefined = this system does not count them.
 */
export async function readResendCount(): Promise<number | undefined> {
  return sumOfResends(
    await Promise.all(COUNTERS.map(async ({ file }) => await readIfPresent(file))),
  )
}

/** The same, from the texts of `/proc/net/snmp` and `/proc/net/netstat`. */
export function sumOfResends(texts: readonly string[]): number | undefined {
  let sum = 0
  for (const [index, { row, columns }] of COUNTERS.entries()) {
    const [names = [], values = []] = rowsOf(texts[index] ?? '', row)
    for (const column of columns) {
      const at = names.indexOf(column)
      if (at < 0) return undefined
      sum += Number(values[at])
    }
  }
  return sum
}

/** A row of names, and the row of their values. */
function rowsOf(text: string, row: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(row))
    .map((line) => line.split(' '))
}

async function readIfPresent(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1')
  } catch {
    return ''
  }
}
