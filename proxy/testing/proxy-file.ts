export interface ProxyFile {
  readonly backEnds: readonly string[]
  /** Of the clients; any free one by default. */
  readonly port?: number
  /** Where clients are accepted; by default the proxy's own default. */
  readonly bindHost?: string
  /** The block `proxy`. */
  readonly settings?: object
  /** Further blocks. */
  readonly blocks?: object
}

/** A configuration file as an operator would write it, with free ports. */
export function proxyFile(file: ProxyFile): string {
  const { backEnds, port = 0, bindHost, settings = {}, blocks = {} } = file
  return JSON.stringify({
    server: {
      applicationConnectors: [{ type: 'http', port, bindHost }],
      adminConnectors: [{ type: 'http', port: 0 }],
    },
    backends: backEnds.map((uri) => ({ uri })),
    proxy: settings,
    ...blocks,
  })
}
