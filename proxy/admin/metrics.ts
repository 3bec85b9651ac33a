import { BOUNDARIES, type BoundaryGuard } from '../boundary-guard.ts'
import type { BackEnd } from '../backend/back-end.ts'
import type { FrameLog } from '../fanout/frame-log.ts'
import type { FrameIngest } from '../fanout/frame-ingest.ts'
import { certificatesOf } from '../config/certificate-age.ts'
import type { Connector } from '../config/connector.ts'
import type { RowState } from '../process/row.ts'
import type { ClientCounts } from '../process/messages.ts'
import type { UpgradeCounts } from '../upgrade/messages.ts'
import { backEndNames } from '../redact.ts'
import { counter, gauge, type Metric, one, type Sample } from './metric.ts'
import { rowMetrics } from './row-metrics.ts'

/** Sources of the metrics. */
export interface MetricSources {
  readonly backEnds: readonly Pick<BackEnd, 'uri' | 'state'>[]
  readonly log: Pick<FrameLog, 'frames' | 'bytes'>
  readonly ingest: Pick<FrameIngest, 'counts'>
  /** Exceptions at back ends and the admin port. `clients` has those at clients. */
  readonly guard: Pick<BoundaryGuard, 'counts'>
  /** Undefined = the proxy is in no row. */
  readonly row: () => RowState | undefined
  /** The connectors of the proxy, with their current certificates. */
  readonly connectors: () => readonly Connector[]
  /** What upgrades have done. */
  readonly upgrades: () => UpgradeCounts
  /** One entry per process that serves clients. */
  readonly clients: () => readonly ClientCounts[]
}

/** The current values of all metrics. */
export function readMetrics({
  backEnds,
  log,
  ingest,
  guard,
  row,
  connectors,
  upgrades,
  clients,
}: MetricSources): readonly Metric[] {
  const processes = clients()
  const sum = (of: (counts: ClientCounts) => number) =>
    processes.reduce((total, counts) => total + of(counts), 0)
  const each = (of: (counts: ClientCounts) => number): readonly Sample[] =>
    processes.map((counts, index) => ({
      labels: { process: String(index + 1) },
      value: of(counts),
    }))
  const byReason = (
    of: (counts: ClientCounts) => Readonly<Record<string, number>>,
  ): readonly Sample[] =>
    Object.keys(processes[0] === undefined ? {} : of(processes[0])).map((reason) => ({
      labels: { reason },
      value: sum((counts) => of(counts)[reason] ?? 0),
    }))

  const names = backEndNames(backEnds.map(({ uri }) => uri))
  const upgraded = upgrades()
  const writes = sum(({ hub }) => hub.writes)
  const framesOut = sum(({ hub }) => hub.framesOut)
  return [
    gauge(
      'clients',
      'Open streams',
      ['process'],
      each(({ clients: open }) => open),
    ),
    gauge(
      'accepting',
      'Whether a process accepts clients: one that has more than the others stops for a while',
      ['process'],
      each(({ isAccepting }) => (isAccepting ? 1 : 0)),
    ),
    counter(
      'streams_ended',
      'Streams that ended; those with fell-behind and stalled had clients that were too slow',
      ['reason'],
      byReason(({ hub }) => hub.ended),
    ),
    counter(
      'refused',
      'Clients that were refused',
      ['reason'],
      byReason(({ refused }) => refused),
    ),
    counter(
      'tls_handshakes_failed',
      'TLS handshakes that failed',
      ['reason'],
      byReason(({ handshakesFailed }) => handshakesFailed),
    ),
    counter('frames_in', 'Events of all back ends', [], one(ingest.counts.frames)),
    counter('frames_out', 'Events written to all clients', [], one(framesOut)),
    counter('writes', 'Writes that carried events', [], one(writes)),
    gauge(
      'frames_per_write',
      'How many events a write carried, on average; it grows with load and shows what is left',
      [],
      one(writes === 0 ? 0 : framesOut / writes),
    ),
    counter('passes', 'Passes over the clients', [], one(sum(({ hub }) => hub.passes))),
    counter('heartbeats', 'Heartbeats sent', [], one(sum(({ hub }) => hub.heartbeats))),
    counter('replays', 'Clients that resumed from the log', [], one(sum(({ hub }) => hub.replays))),
    counter(
      'long_polls',
      'Requests that were answered as long polls',
      [],
      one(sum(({ hub }) => hub.longPolls)),
    ),
    counter('gaps', 'Clients that got a gap event', [], one(sum(({ hub }) => hub.gaps))),
    counter(
      'clients_announced',
      'Single clients that got the change log URLs again',
      [],
      one(sum(({ hub }) => hub.announced)),
    ),
    counter(
      'announcements',
      'Change log URLs announced again to all clients after outages',
      [],
      one(ingest.counts.announced),
    ),
    counter(
      'exceptions',
      'Exceptions, each of which closed one connection',
      ['boundary'],
      BOUNDARIES.map((boundary) => ({
        labels: { boundary },
        value: guard.counts[boundary] + sum((counts) => counts.exceptions[boundary]),
      })),
    ),
    gauge('log_frames', 'Events in the log', [], one(log.frames)),
    gauge('log_bytes', 'Bytes in the log', [], one(log.bytes)),
    gauge(
      'back_end_up',
      'Whether a back end is connected',
      ['back_end'],
      backEnds.map(({ state }, index) => ({
        labels: { back_end: names[index] ?? '' },
        value: state.state === 'open' ? 1 : 0,
      })),
    ),
    counter(
      'upgrades',
      'Upgrades to a new process: done, refused before it was started, or failed and taken back',
      ['outcome'],
      [
        { labels: { outcome: 'done' }, value: upgraded.done },
        { labels: { outcome: 'refused' }, value: upgraded.refused },
        { labels: { outcome: 'failed' }, value: upgraded.failed },
      ],
    ),
    counter(
      'upgraded_clients',
      'Clients of upgrades: moved to the new process, or drained, which were asked to reconnect',
      ['how'],
      [
        { labels: { how: 'moved' }, value: upgraded.moved },
        { labels: { how: 'drained' }, value: upgraded.drained },
      ],
    ),
    ...rowMetrics(row(), names),
    gauge(
      'certificate_days_left',
      'Days until the certificate of a connector expires',
      ['connector'],
      certificatesOf(connectors(), Date.now()).map(({ name, daysLeft }) => ({
        labels: { connector: name },
        value: daysLeft,
      })),
    ),
    gauge(
      'loop_delay_ms',
      'Longest delay of the event loop since the last request',
      ['process'],
      each(({ loopDelayMs }) => loopDelayMs),
    ),
    gauge(
      'resident_bytes',
      'Memory of each process that serves clients',
      ['process'],
      each(({ residentBytes }) => residentBytes),
    ),
  ]
}
