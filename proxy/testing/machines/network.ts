import { execFileSync } from 'node:child_process'

import { ip, newNamespace, whyNoNamespace } from './namespaces.ts'

/** Each machine has a link of its own to each network. */
const NETWORKS = { engine: '10.1.0', store: '10.2.0' } as const
type NetworkName = keyof typeof NETWORKS

/** A network namespace in place of a machine. Its processes can reach no other network. */
export interface Machine {
  readonly address: (network: NetworkName) => string
  /** The words of a command that runs on it. */
  readonly command: (...words: readonly string[]) => readonly string[]
  /** Pulls the cable: the machine sees that its link is down. */
  readonly cut: (network: NetworkName) => void
  /** Packets vanish in both directions. The machine sees nothing of it. */
  readonly mute: (network: NetworkName) => void
  /** Ends `cut` or `mute`. */
  readonly heal: (network: NetworkName) => void
  /** What this machine sends to this port vanishes, so all other connections live. */
  readonly dropTo: (port: number) => void
  /** For each connection, the bytes that it has sent and that the other end has not acknowledged. */
  readonly unacknowledged: () => readonly number[]
}

/** State of a port of a bridge. */
const PORT = { discards: '0', forwards: '3' } as const

/** In a line of /proc/net/tcp, after local address, remote address and state. */
const UNACKNOWLEDGED = /^ *\d+: \w+:\w+ \w+:\w+ \w\w (\w+):/

/** Why no such networks can be made; undefined = they can. */
export function whyNoNetwork(): string | undefined {
  return whyNoNamespace((name) => {
    ip('-n', name, 'link', 'add', 'bridge', 'type', 'bridge')
    execFileSync('bridge', ['-n', name, 'link'], { stdio: 'pipe' })
  })
}

/**
 * Machines and the bridges that join them. All interfaces are in namespaces of their own, none is
 * where the tests run.
 */
export class MachineNetwork implements AsyncDisposable {
  readonly #switch = newNamespace()
  readonly #namespaces = [this.#switch]

  constructor() {
    for (const network of Object.keys(NETWORKS)) {
      ip('-n', this.#switch, 'link', 'add', network, 'type', 'bridge')
      ip('-n', this.#switch, 'link', 'set', network, 'up')
    }
  }

  addMachine(): Machine {
    const name = newNamespace()
    const number = this.#namespaces.push(name)
    ip('-n', name, 'link', 'set', 'lo', 'up')
    const portOf = (network: NetworkName): string => `${network}${number}`
    const address = (network: NetworkName): string => `${NETWORKS[network]}.${number}`
    const atSwitch = (...words: readonly string[]): void => {
      ip('-n', this.#switch, 'link', ...words)
    }
    for (const network of ['engine', 'store'] as const) {
      const port = portOf(network)
      atSwitch('add', port, 'type', 'veth', 'peer', 'name', network, 'netns', name)
      atSwitch('set', port, 'master', network, 'up')
      ip('-n', name, 'addr', 'add', `${address(network)}/24`, 'dev', network)
      ip('-n', name, 'link', 'set', network, 'up')
    }
    const muted = new Set<NetworkName>()
    const setState = (network: NetworkName, state: string): void => {
      // `ip link set … type bridge_slave state` does nothing here.
      const port = ['dev', portOf(network), 'state', state]
      execFileSync('bridge', ['-n', this.#switch, 'link', 'set', ...port], { stdio: 'pipe' })
    }
    return {
      address,
      command: (...words) => ['ip', 'netns', 'exec', name, ...words],
      cut: (network) => atSwitch('set', portOf(network), 'down'),
      mute: (network) => {
        muted.add(network)
        setState(network, PORT.discards)
      },
      heal: (network) => {
        // A port that goes up forwards.
        if (muted.delete(network)) setState(network, PORT.forwards)
        else atSwitch('set', portOf(network), 'up')
      },
      unacknowledged: () =>
        ip('netns', 'exec', name, 'cat', '/proc/net/tcp')
          .split('\n')
          .flatMap((line) => UNACKNOWLEDGED.exec(line)?.[1] ?? [])
          .map((hex) => Number.parseInt(hex, 16)),
      dropTo: (port) => {
        ip('-n', name, 'rule', 'add', 'ipproto', 'tcp', 'dport', String(port), 'blackhole')
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#namespaces) ip('netns', 'del', name)
    await Promise.resolve()
  }
}
