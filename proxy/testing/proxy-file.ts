export interface ProxyFile {
  readonly backEnds: readonly string[]
  /** Application port; default: any free one. */
  readonly port?: number
  /** Host of the application connector; default: the proxy's default. */
  readonly bindHost?: string
  /** Makes the application connector a Unix socket. */
  readonly socket?: { readonly path: string; readonly mode?: string }
  /** The same for the admin connector. */
  readonly adminSocket?: { readonly path: string; readonly mode?: string }
  /** Further keys of the two connectors. */
  readonly connector?: object
  readonly adminConnector?: object
  /** Further keys of `server`. */
  readonly server?: object
  /** Settings in `proxy`. */
  readonly settings?: object
  /** Further top-level settings. */
  readonly blocks?: object
}

/** A configuration file as an operator would write it, with free ports. */
export function proxyFile(file: ProxyFile): string {
  const {
    backEnds,
    port = 0,
    bindHost,
    socket,
    adminSocket,
    connector,
    adminConnector,
    server,
    settings = {},
    blocks = {},
  } = file
  return JSON.stringify({
    server: {
      ...server,
      applicationConnectors: [
        { ...(at(socket) ?? { type: 'http', port, bindHost }), ...connector },
      ],
      adminConnectors: [{ ...(at(adminSocket) ?? { type: 'http', port: 0 }), ...adminConnector }],
    },
    backends: backEnds.map((uri) => ({ uri })),
    proxy: settings,
    ...blocks,
  })
}

function at(socket: object | undefined): object | undefined {
  return socket === undefined ? undefined : { type: 'unix-socket', ...socket }
}
