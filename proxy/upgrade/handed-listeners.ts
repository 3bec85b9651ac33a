import { closeSync } from 'node:fs'

import type { Connector } from '../config/connector.ts'
import type { OpenListener } from './handover.ts'
import type { HandedListener, Hello } from './messages.ts'

/**
 * Listening sockets that the process before has opened. A connector with the same address and port
 * in the configuration takes its socket over, so that no connection is refused.
 */
export class HandedListeners {
  readonly #application: HandedListener[]
  readonly #admin: HandedListener[]

  constructor(hello: Pick<Hello, 'application' | 'admin'> | undefined) {
    this.#application = [...(hello?.application ?? [])]
    this.#admin = [...(hello?.admin ?? [])]
  }

  /** Where an application connector listens. */
  application(connector: Connector): Connector {
    return atHanded(connector, this.#application)
  }

  /** Where an admin connector listens. */
  admin(connector: Connector): Connector {
    return atHanded(connector, this.#admin)
  }

  /** Closes the sockets at which no connector listens any more. */
  closeUnused(): void {
    for (const { fd } of [...this.#application, ...this.#admin]) closeSync(fd)
  }
}

function atHanded(connector: Connector, handed: HandedListener[]): Connector {
  const { host, port } = connector
  const index = handed.findIndex((one) => one.host === host && one.port === port)
  const [found] = index === -1 ? [] : handed.splice(index, 1)
  return found === undefined ? connector : { ...connector, port: found.boundPort, fd: found.fd }
}

/** The connectors that listen, with their ports and descriptors in the same order. */
export function openListeners(
  connectors: readonly Connector[],
  ports: readonly number[],
  descriptors: readonly (number | undefined)[],
): readonly OpenListener[] {
  return connectors.flatMap(({ host, port }, index) => {
    const [boundPort, descriptor] = [ports[index], descriptors[index]]
    if (boundPort === undefined || descriptor === undefined) return []
    return [{ host, port, boundPort, descriptor }]
  })
}
