import type { Response } from 'express'

import type { Frames } from './frames.ts'
import type { StreamClientInfo } from './stream-client.ts'
import type { StreamName } from './stream-name.ts'

/**
 * Why a stream ended: the client or the network closed it, the store ended it, the client did not
 * read, or a fault struck it.
 */
export const LEAVE_REASONS = ['disconnected', 'ended', 'dropped', 'fault'] as const
export type LeaveReason = (typeof LEAVE_REASONS)[number]

/** Is called with everything that happens on the streams, in order. */
export interface StreamObserver {
  opened(client: StreamClientInfo, response: Response): void
  /** After a write to every client of `stream` whose URLs begin with `baseUrl`. */
  sent(stream: StreamName, baseUrl: string, frames: Frames, clients: number): void
  /** After a write to one client alone. */
  sentTo(client: StreamClientInfo, frames: Frames): void
  closed(
    client: StreamClientInfo,
    sent: { readonly events: number; readonly bytes: number },
    reason: LeaveReason,
  ): void
}
