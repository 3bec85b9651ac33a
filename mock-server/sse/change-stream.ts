import type { Request, Response } from 'express'

import type { Change } from '../content/changes/change.ts'
import type { LogBook } from '../content/changes/log-book.ts'
import type { LogRef, LogScope } from '../content/changes/log-ref.ts'
import { logName, logPath } from '../content/changes/log-ref.ts'
import type { Settings } from '../knobs.ts'
import { encodeEvent } from './encode.ts'
import type { Frames } from './frames.ts'
import { StreamBytes } from './stream-bytes.ts'
import type { StreamClientState } from './stream-client.ts'
import type { StreamHub } from './stream-hub.ts'

export interface ChangeStreamDeps {
  readonly hub: StreamHub
  readonly settings: Pick<Settings, 'announce' | 'ids' | 'replay'>
  readonly logs: LogBook
}

/** In an id: the client has every event of the change. */
const ALL_EVENTS = 999

/**
 * Paths of the logs that a change announces, each once, in the order in which they are sent.
 * [protocol §3.4]
 */
export function announcedPaths(
  logs: readonly LogRef[],
  announce: readonly LogScope[],
): readonly string[] {
  return [...new Set(logs.filter(({ scope }) => announce.includes(scope)).map(logPath))]
}

/**
 * The Content Store's event stream: one event for each log that a change has a row in. [protocol
 * §3.2]
 */
export class ChangeStream {
  readonly #deps: ChangeStreamDeps

  constructor(deps: ChangeStreamDeps) {
    this.#deps = deps
  }

  open(request: Request, response: Response, baseUrl: string): void {
    const { hub, logs, settings } = this.#deps
    hub.open('changes', request, response, baseUrl, {
      missedBy: (client) => this.#missedBy(client),
      id: settings.ids ? `${logs.announcedId}-${ALL_EVENTS}` : undefined,
    })
  }

  /** Sends every client the events of a committed change. */
  announce(change: Change): void {
    const paths = announcedPaths(change.logs, this.#deps.settings.announce)
    if (paths.length === 0) return
    this.#deps.hub.broadcast('changes', (baseUrl) => this.#encode(change, paths, baseUrl))
  }

  /** `skip` leaves out that many of the change's events. */
  #encode(change: Change, paths: readonly string[], baseUrl: string, skip = 0): Frames {
    const events = paths.map((path, index) => {
      const id = this.#deps.settings.ids ? `${change.id}-${index + 1}` : undefined
      return { text: encodeEvent({ data: baseUrl + path, id }), log: logName(path) }
    })
    const sent = events.slice(skip)
    return {
      bytes: new StreamBytes(sent.map(({ text }) => text).join('')),
      events: sent.length,
      changeId: change.id,
      correlation: `change-${change.id}`,
      parts: sent,
    }
  }

  /** Everything after the client's Last-Event-ID. An invalid or evicted id replays nothing. */
  *#missedBy({ lastEventId, baseUrl }: StreamClientState): Iterable<Frames> {
    const { settings, logs } = this.#deps
    const [, id, index] = /^(\d{1,15})-(\d{1,3})$/.exec(lastEventId ?? '') ?? []
    const changeId = Number(id)
    if (!settings.replay || !logs.reachesBackTo(changeId)) return
    // Including the named change: the client may have received only the first of its events.
    for (const change of logs.since(changeId - 1)) {
      const skip = change.id === changeId ? Number(index) : 0
      yield this.#encode(change, announcedPaths(change.logs, settings.announce), baseUrl, skip)
    }
  }
}
