/** The text of a GET request for `sends`, which fills in `{host}` and `{path}`. */
export function get(target: string, ...lines: readonly string[]): string {
  return [`GET ${target} HTTP/1.1`, 'Host: {host}', ...lines, '', ''].join('\r\n')
}
