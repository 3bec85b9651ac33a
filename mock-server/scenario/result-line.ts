import type { ScenarioResult } from './scenario-run.ts'

/** One line, and the reason of a failure. */
export function resultLine({
  name,
  verdict,
  message,
  seed,
  edits,
  ms,
  clients,
}: ScenarioResult): string {
  const events = clients.reduce((sum, client) => sum + client.events, 0)
  const polls = clients.reduce((sum, client) => sum + client.polls, 0)
  const reconnects = clients.reduce((sum, client) => sum + client.reconnects, 0)
  const counts = `edits ${edits}, clients ${clients.length} (events ${events}, polls ${polls}, reconnects ${reconnects}), seed ${seed}, ${ms} ms`
  return [
    `${verdict}  ${name}: ${counts}`,
    ...(message === undefined ? [] : [`  ${message}`]),
  ].join('\n')
}
