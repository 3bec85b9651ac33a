import type { Config } from './config.ts'
import type { Connector } from './connector.ts'

/** What flags and environment variables override in the file [protocol §8.4]; undefined = not given. */
export interface Overrides {
  readonly port: number | undefined
  readonly adminPort: number | undefined
}

/** Sets the port of the first connector of each kind. */
export function override(config: Config, { port, adminPort }: Overrides): Config {
  return {
    ...config,
    applicationConnectors: withFirstPort(config.applicationConnectors, port),
    adminConnectors: withFirstPort(config.adminConnectors, adminPort),
  }
}

function withFirstPort(
  [first, ...others]: readonly Connector[],
  port: number | undefined,
): readonly Connector[] {
  if (first === undefined) return others
  return [{ ...first, port: port ?? first.port }, ...others]
}
