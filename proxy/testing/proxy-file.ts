export interface ProxyFile {
  readonly backEnds: readonly string[]
  /** Of the clients; any free one by default. */
  readonly port?: number
  /** The block `proxy`. */
  readonly settings?: object
  /** Further blocks. */
  readonly blocks?: object
}

/** A configuration file as an operator would write it, with free ports. */
export function proxyFile({ backEnds, port = 0, settings = {}, blocks = {} }: ProxyFile): string {
  return JSON.stringify({
    server: {
      applicationConnectors: [{ type: 'http', port }],
      adminConnectors: [{ type: 'http', port: 0 }],
    },
    backends: backEnds.map((uri) => ({ uri })),
    proxy: settings,
    ...blocks,
  })
}
