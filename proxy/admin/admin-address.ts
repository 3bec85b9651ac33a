/** Where an admin port is: a URL, or the path of a Unix socket. */
export type AdminAddress = URL | { readonly socketPath: string }

const UNIX = 'unix:'

/** Reads `http://HOST:PORT`, `https://…` or `unix:PATH`. Undefined for any other text. */
export function readAdminAddress(text: string): AdminAddress | undefined {
  if (text.startsWith(UNIX)) {
    const socketPath = text.slice(UNIX.length)
    return socketPath.startsWith('/') && !socketPath.includes('\0') ? { socketPath } : undefined
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return undefined
  return url.username === '' && url.password === '' ? url : undefined
}
