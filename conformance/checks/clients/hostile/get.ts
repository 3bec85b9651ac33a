/** A request for `sends`: `{host}` and `{path}` are filled in there. */
export function get(target: string, ...lines: readonly string[]): string {
  return [`GET ${target} HTTP/1.1`, 'Host: {host}', ...lines, '', ''].join('\r\n')
}
