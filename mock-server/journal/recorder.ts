import type { RequestHandler, Response } from 'express'

import type { StoreClock } from '../clock/store-clock.ts'
import type { FaultEntry } from './entry.ts'
import type { JournalLimits } from './journal.ts'
import { Journal } from './journal.ts'
import { recordRequests } from './record-requests.ts'
import { RecordedChanges } from './recorded-changes.ts'
import { RecordedStreams } from './recorded-streams.ts'

const FAULT_SIZE = 300

/** What a fault struck. */
export interface StruckBy {
  readonly name: string
  readonly kind: string
  readonly scope: string
}

/** What it struck; all that is known. */
export interface StruckThing {
  /** Of the request that it struck. */
  readonly response?: Pick<Response, 'locals'> | undefined
  /** Id of the stream that it struck. */
  readonly client?: string | undefined
  /** The change whose event or row it struck. */
  readonly correlation?: string | undefined
}

/** Records what happens in a space, in its journal. */
export class Recorder {
  readonly journal: Journal
  readonly changes: RecordedChanges
  readonly streams: RecordedStreams
  /** Express handler: records every request behind it. */
  readonly requests: RequestHandler

  constructor(limits: JournalLimits, clock: Pick<StoreClock, 'nowMs' | 'passedMs'>) {
    this.journal = new Journal(limits, clock)
    this.changes = new RecordedChanges(this.journal)
    this.streams = new RecordedStreams(this.journal)
    this.requests = recordRequests(this.journal, this.changes)
  }

  /** Records a fault that strikes. */
  faultStruck({ name, kind, scope }: StruckBy, struck: StruckThing): void {
    if (!this.journal.isOn) return
    const { response, client, correlation } = struck
    this.journal.add<FaultEntry>({
      kind: 'fault',
      name,
      fault: kind,
      scope,
      request: response?.locals.requestId,
      client,
      correlation,
      size: FAULT_SIZE,
    })
  }
}
