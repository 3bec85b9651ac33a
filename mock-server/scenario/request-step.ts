import { ScenarioFailure } from './failure.ts'
import type { RequestStep } from './scenario-schema.ts'
import type { StoreApi } from './store-api.ts'

const MAX_SHOWN = 300

/** Sends the request of a step. Returns the variables that it saves. */
export async function sendRequest(
  api: StoreApi,
  { method = 'GET', path, headers, body, json, status, contains, save = {} }: RequestStep,
): Promise<ReadonlyMap<string, string>> {
  // Anything else could lead to another host.
  if (!path.startsWith('/'))
    throw new ScenarioFailure(`expected a path that begins with /, got ${path}`)
  const sent = json === undefined ? body : JSON.stringify(json)
  const type = json === undefined ? {} : { 'Content-Type': 'application/json' }
  const answer = await api.send(path, { method, headers: { ...type, ...headers }, body: sent })
  const isExpected =
    status === undefined ? answer.status >= 200 && answer.status < 300 : answer.status === status
  const shown = `${method} ${path}: ${answer.status}: ${answer.text.slice(0, MAX_SHOWN)}`
  if (!isExpected) throw new ScenarioFailure(`expected status ${status ?? '2xx'}, got ${shown}`)
  if (contains !== undefined && !answer.text.includes(contains))
    throw new ScenarioFailure(`expected an answer with "${contains}", got ${shown}`)
  return new Map(
    Object.entries(save).map(([name, header]) => {
      const value = answer.headers.get(header)
      if (value === null) throw new ScenarioFailure(`expected a header ${header}, got ${shown}`)
      return [name, value]
    }),
  )
}
