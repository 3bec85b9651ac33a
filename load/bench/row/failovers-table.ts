import { markdownTable } from '../markdown-table.ts'
import { type FailoversResult, QUIET_EVENTS, QUIET_FACTOR } from './failovers.ts'

interface Settings {
  readonly perSecond: number
  readonly leaseMs: number
}

const METHOD = `\
Each client goes to the other server when its stream ends, after 500 ms, with its last id. Of this proxy
the one that reads the back end is killed. Of a hub both are killed in turn, while events are posted to a
third server that stays. A delay is the longest of a client that stayed connected. The number of clients
is that of each product's own metrics, which Centrifugo renews only every few seconds.`

/** The failovers of several products, as Markdown: one column for each. */
export function failoversTable(
  results: ReadonlyMap<string, FailoversResult>,
  { perSecond, leaseMs }: Settings,
): string {
  const all = [...results.values()]
  const row = (name: string, of: (result: FailoversResult) => string): readonly string[] => [
    name,
    ...all.map(of),
  ]
  const { open = 0, failovers = [] } = all[0] ?? {}
  return [
    `**${times(failovers.length)} \`kill -9\` of one of two servers, ${whole(open)} clients, ` +
      `${perSecond} events/s, \`leaseMs\` ${whole(leaseMs)}**`,
    METHOD,
    markdownTable(
      ['', ...results.keys()],
      row('events, each to every client', ({ events }) => whole(events)),
      row('clients of the killed / of the other server, each time', ({ failovers: each }) =>
        [
          wholeRange(each.map(({ killedClients }) => killedClients)),
          wholeRange(each.map(({ otherClients }) => otherClients)),
        ].join(' / '),
      ),
      row('lost', ({ lost }) => whole(lost)),
      row('twice / out of order', ({ repeated, reordered }) =>
        [repeated, reordered].map(whole).join(' / '),
      ),
      row('gap events', ({ gapEvents }) => whole(gapEvents)),
      row('reconnects', ({ reconnects }) => whole(reconnects)),
      row('longest delay of an event, each time', (result) =>
        range(result.failovers.map(({ pauseMs }) => pauseMs)),
      ),
      row('until all clients were back, each time', (result) =>
        range(result.failovers.map(({ returnMs }) => returnMs)),
      ),
      row(
        `Redis, for ${whole(QUIET_EVENTS)} events at ${QUIET_FACTOR * perSecond}/s`,
        ({ redis }) =>
          `${whole(redis.cpuMs)} ms of processor time, ${whole(redis.commands)} commands with those ` +
          `of scripts, ${whole(redis.bytes / 1024)} KiB`,
      ),
    ),
  ].join('\n\n')
}

/** From the shortest to the longest time. */
function range(ms: readonly number[]): string {
  const [first, last] = [seconds(Math.min(...ms)), seconds(Math.max(...ms))]
  return first === last ? `${first} s` : `${first} to ${last} s`
}

function wholeRange(values: readonly number[]): string {
  const [first, last] = [Math.min(...values), Math.max(...values)]
  return first === last ? whole(first) : `${whole(first)} to ${whole(last)}`
}

function times(count: number): string {
  return count === 1 ? 'Once' : `${whole(count)} times`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
