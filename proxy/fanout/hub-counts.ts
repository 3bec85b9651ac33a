import type { EndReason } from './subscriber.ts'

/** What a hub has done since the start. */
export class HubCounts {
  passes = 0
  /** Writes that carried frames, and the frames in them. */
  writes = 0
  framesOut = 0
  heartbeats = 0
  /** Clients that resumed and got frames from the log. */
  replays = 0
  /** Clients that got a gap event, and how many of them got announcements after it. */
  gaps = 0
  announced = 0
  /** Requests that were answered as long polls. */
  longPolls = 0
  readonly ended: Record<EndReason, number> = {
    'client-left': 0,
    vanished: 0,
    'fell-behind': 0,
    stalled: 0,
    polled: 0,
    idle: 0,
    age: 0,
    shutdown: 0,
    moved: 0,
    exception: 0,
  }
}
