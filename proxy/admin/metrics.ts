import { BOUNDARIES, type BoundaryGuard } from '../boundary-guard.ts'
import type { BackEnd } from '../backend/back-end.ts'
import type { FrameLog } from '../fanout/frame-log.ts'
import type { FrameIngest } from '../fanout/frame-ingest.ts'
import type { ClientCounts } from '../process/messages.ts'
import { backEndNames } from '../redact.ts'

/** One thing that is measured, in words that fit both answers of `/metrics`. */
export interface Metric {
  /** In Prometheus's spelling. */
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Where the numbers come from. */
export interface MetricSources {
  readonly backEnds: readonly BackEnd[]
  readonly log: FrameLog
  readonly ingest: FrameIngest
  /** Of the back end side and of the admin port; those of clients come with their counts. */
  readonly guard: BoundaryGuard
  /** Of each process that serves clients. */
  readonly clients: () => readonly ClientCounts[]
}

/** All metrics as they are. */
export function readMetrics({
  backEnds,
  log,
  ingest,
  guard,
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
  const writes = sum(({ hub }) => hub.writes)
  const framesOut = sum(({ hub }) => hub.framesOut)
  return [
    gauge(
      'clients',
      'Open streams',
      each(({ clients: open }) => open),
    ),
    counter(
      'streams_ended',
      'Streams that ended, by reason',
      byReason(({ hub }) => hub.ended),
    ),
    counter(
      'refused',
      'Connections refused, by reason',
      byReason(({ refused }) => refused),
    ),
    counter('frames_in', 'Frames of all back ends', one(ingest.counts.frames)),
    counter('frames_out', 'Frames written to all clients', one(framesOut)),
    counter('writes', 'Writes that carried frames', one(writes)),
    gauge(
      'frames_per_write',
      'How many frames a write carried, on average',
      one(writes === 0 ? 0 : framesOut / writes),
    ),
    counter('passes', 'Passes over the clients', one(sum(({ hub }) => hub.passes))),
    counter('heartbeats', 'Heartbeats sent', one(sum(({ hub }) => hub.heartbeats))),
    counter(
      'replays',
      'Clients that came back to what they had missed',
      one(sum(({ hub }) => hub.replays)),
    ),
    counter(
      'gaps',
      'Clients told that they may have missed events',
      one(sum(({ hub }) => hub.gaps)),
    ),
    counter(
      'clients_announced',
      'Clients announced the change logs again, one by one',
      one(sum(({ hub }) => hub.announced)),
    ),
    counter(
      'announcements',
      'Change logs announced again to all, after outages',
      one(ingest.counts.announced),
    ),
    counter(
      'exceptions',
      'Exceptions that cost one connection, by where they were caught',
      BOUNDARIES.map((boundary) => ({
        labels: { boundary },
        value: guard.counts[boundary] + sum((counts) => counts.exceptions[boundary]),
      })),
    ),
    gauge('log_frames', 'Frames in the log', one(log.frames)),
    gauge('log_bytes', 'Bytes in the log', one(log.bytes)),
    gauge(
      'back_end_up',
      'Whether a back end is connected',
      backEnds.map(({ state }, index) => ({
        labels: { back_end: names[index] ?? '' },
        value: state.state === 'open' ? 1 : 0,
      })),
    ),
    gauge(
      'loop_delay_ms',
      'How late the event loop has been at worst since the last look',
      each(({ loopDelayMs }) => loopDelayMs),
    ),
    gauge(
      'resident_bytes',
      'Memory of each process that serves clients',
      each(({ residentBytes }) => residentBytes),
    ),
  ]
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name: `sse_proxy_${name}`,
  help,
  type: 'gauge',
  samples,
})

const counter = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name: `sse_proxy_${name}_total`,
  help,
  type: 'counter',
  samples,
})

const one = (value: number): readonly Sample[] => [{ labels: {}, value }]
