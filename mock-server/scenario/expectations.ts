import { setTimeout as sleep } from 'node:timers/promises'

import { z } from 'zod'

import { changesSince, missedDeliveries } from './delivery.ts'
import { millisecondsOf } from './duration.ts'
import { ScenarioFailure } from './failure.ts'
import type { LogClient } from './log-client.ts'
import type { ExpectStep, Wanted } from './scenario-schema.ts'
import type { StoreApi } from './store-api.ts'

/** Real time: clients and proxies are real. */
const WITHIN_MS = 60_000
const LOOK_MS = 20

const clientsAnswer = z.object({ clients: z.array(z.unknown()) })
const faultsAnswer = z.object({ faults: z.array(z.object({ name: z.string(), strikes: z.int() })) })
const verifyAnswer = z.object({
  results: z.array(z.object({ verdict: z.string(), message: z.string() })),
})
const itemAnswer = z.object({ item: z.object({ state: z.string(), title: z.string() }) })

export interface ExpectationDeps {
  readonly api: StoreApi
  readonly clients: readonly LogClient[]
  /** Change id at the start of the scenario. */
  readonly since: number
  readonly signal: AbortSignal
}

/** Waits until everything holds. Throws `ScenarioFailure` that says what does not. */
export async function expectAll(expectation: ExpectStep, deps: ExpectationDeps): Promise<void> {
  const { within } = expectation
  const withinMs = within === undefined ? WITHIN_MS : millisecondsOf(within)
  const end = performance.now() + withinMs
  for (;;) {
    const missing = await firstMissing(expectation, deps)
    if (missing === undefined) return
    if (performance.now() >= end)
      throw new ScenarioFailure(`not within ${withinMs} ms of real time: ${missing}`)
    await sleep(LOOK_MS, undefined, { signal: deps.signal })
  }
}

/** What does not hold yet; undefined when everything does. */
async function firstMissing(
  { delivered, events, streams, changes, since, strikes, item, journal }: ExpectStep,
  { api, clients, since: start }: ExpectationDeps,
): Promise<string | undefined> {
  const from = since === undefined ? start : Number(since)
  const found: (string | undefined)[] = []
  if (streams !== undefined) {
    const answer = clientsAnswer.parse(await api.call('GET', '/clients'))
    found.push(compare('open streams', streams, answer.clients.length))
  }
  if (changes !== undefined)
    found.push(compare('changes', changes, (await changesSince(api, from)).length))
  if (events !== undefined) {
    for (const [index, { counts }] of clients.entries())
      found.push(compare(`events of client ${index + 1}`, events, counts.events))
  }
  for (const [name, wanted] of Object.entries(strikes ?? {})) {
    const { faults } = faultsAnswer.parse(await api.call('GET', '/faults'))
    const fault = faults.find((each) => each.name === name)
    found.push(fault ? compare(`strikes of ${name}`, wanted, fault.strikes) : `no fault ${name}`)
  }
  if (item !== undefined) {
    const { item: is } = itemAnswer.parse(await api.call('GET', `/items/${item.id}`))
    for (const name of ['state', 'title'] as const) {
      if (item[name] !== undefined && item[name] !== is[name])
        found.push(`expected the ${name} "${item[name]}" of item ${item.id}, got "${is[name]}"`)
    }
  }
  if (journal !== undefined) {
    const answer = await api.call('POST', '/verify', { expect: journal })
    const { results } = verifyAnswer.parse(answer)
    const result = results.find(({ verdict }) => verdict !== 'passed')
    if (result !== undefined) found.push(`the journal, ${result.verdict}: ${result.message}`)
  }
  if (delivered !== undefined) {
    const [missed] = await missedDeliveries(api, clients, await changesSince(api, start))
    if (missed !== undefined)
      found.push(`client ${missed.client} misses changes of ${missed.log}: ${missed.reason}`)
  }
  return found.find((text) => text !== undefined)
}

function compare(what: string, wanted: Wanted, got: number): string | undefined {
  const { atLeast, atMost } =
    typeof wanted === 'number' ? { atLeast: wanted, atMost: wanted } : wanted
  if (got >= (atLeast ?? 0) && got <= (atMost ?? Infinity)) return undefined
  const bounds = [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
  ]
  return `expected ${typeof wanted === 'number' ? wanted : bounds.join(' and ')} ${what}, got ${got}`
}
