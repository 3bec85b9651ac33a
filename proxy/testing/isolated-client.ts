import { eventually } from './deadline.ts'
import { ip, newNamespace } from './machines/namespaces.ts'
import { startProgram } from './start-program.ts'

/**
 * A client in a network namespace of its own. After a cut, neither an end nor a reset reaches the
 * proxy.
 */
interface IsolatedClient extends AsyncDisposable {
  readonly bytes: string
  /** Drops all packets in both directions from now on. */
  readonly vanish: () => void
  /** Stops reading; its kernel still acknowledges packets. */
  readonly stall: () => void
}

export interface Cable extends AsyncDisposable {
  /** Address of this side. */
  readonly address: string
  /** Connects from the other side and requests the stream. */
  readonly connect: (port: number) => Promise<IsolatedClient>
}

let cables = 0

/**
 * Two ends of a virtual cable: one here, one in a network namespace. Needs root and iproute2, see
 * `whyNoNamespace`.
 */
export function layCable(): Cable {
  cables += 1
  const name = newNamespace()
  // [rfc2544] Addresses for tests; the process id keeps those of two runs apart.
  const network = `198.${18 + (cables % 2)}.${process.pid % 256}`
  const [here, there] = [`${network}.1`, `${network}.2`]
  ip('link', 'add', `${name}h`, 'type', 'veth', 'peer', 'name', `${name}t`, 'netns', name)
  ip('addr', 'add', `${here}/24`, 'dev', `${name}h`)
  ip('link', 'set', `${name}h`, 'up')
  ip('-n', name, 'addr', 'add', `${there}/24`, 'dev', `${name}t`)
  ip('-n', name, 'link', 'set', `${name}t`, 'up')
  // A client that does not read is full after a few kilobytes.
  ip('netns', 'exec', name, 'sysctl', '-qw', 'net.ipv4.tcp_rmem=4096 4096 4096')
  return {
    address: here,
    connect: async (port) => await connect(name, here, port),
    [Symbol.asyncDispose]: async () => {
      ip('link', 'del', `${name}h`)
      ip('netns', 'del', name)
      await Promise.resolve()
    },
  }
}

const CLIENT = `
  const [host, port] = process.argv.slice(1)
  const socket = require('node:net').connect({ host, port }, () =>
    socket.write('GET / HTTP/1.1\\r\\nHost: proxy\\r\\n\\r\\n'))
  socket.on('data', (bytes) => process.stdout.write(bytes))
  socket.on('error', () => undefined).on('close', () => process.exit())
`

async function connect(name: string, host: string, port: number): Promise<IsolatedClient> {
  const program = [process.execPath, '-e', CLIENT, host, String(port)]
  const client = startProgram('ip', ['netns', 'exec', name, ...program])
  await eventually('the isolated client has its response head', () => {
    if (client.child.exitCode !== null) throw new Error(`the client ended: ${client.stderr}`)
    return client.stdout.includes('\r\n\r\n')
  })
  return {
    get bytes() {
      return client.stdout
    },
    // Its side drops all packets, so the other side gets no reply of any kind.
    vanish: () => ip('-n', name, 'route', 'add', 'blackhole', `${host}/32`),
    stall: () => void client.child.kill('SIGSTOP'),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}
