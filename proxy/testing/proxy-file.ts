export interface ProxyFile {
  readonly backEnds: readonly string[]
  /** The block `proxy`. */
  readonly settings?: object
  /** Further blocks. */
  readonly blocks?: object
}

/** A configuration file as an operator would write it, with free ports. */
export function proxyFile({ backEnds, settings = {}, blocks = {} }: ProxyFile): string {
  const connector = [{ type: 'http', port: 0 }]
  return JSON.stringify({
    server: { applicationConnectors: connector, adminConnectors: connector },
    backends: backEnds.map((uri) => ({ uri })),
    proxy: settings,
    ...blocks,
  })
}
