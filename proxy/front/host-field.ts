// [http/1.1 §3.2] uri-host and an optional port: an IP literal in brackets, or the characters of a
// registered name.
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~%!$&'()*+,;=]*)(?::[0-9]*)?$/

/** Whether the value of a Host field names a host. An empty one does. */
export function isHostField(value: string): boolean {
  return HOST.test(value)
}
