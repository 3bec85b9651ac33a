import type { Socket } from 'node:net'
import type { Departure, RelayFaults, Situation } from './relay-faults.ts'

/** The shared life of a client and its upstream connection. */
export interface Link {
  /** Call when the response head has been sent. */
  headSent(): void
  /** True when the disconnect is noticed only at this write. */
  closeOnWrite(): boolean
  /** True when the upstream connection was closed because the client has left. */
  over(): boolean
  release(): void
}

/**
 * Calls `close` for the upstream connection when its client disconnects, without waiting for a
 * write.
 */
export function linkLives(
  client: Socket,
  close: () => void,
  nth: number,
  clientLeft: RelayFaults['clientLeft'],
): Link {
  let decided: 'close' | 'close-on-write' | 'ignore' | undefined
  let headSent = false
  const situation = (): Situation => ({ nth, headSent, blocked: client.writableLength > 0 })
  const onLeave = (how: Departure) => () => {
    decided ??= clientLeft?.(how, situation()) ?? 'close'
    if (decided !== 'close') return
    close()
    client.destroy()
  }
  const onEnd = onLeave('end')
  const onReset = onLeave('reset')
  client.on('end', onEnd).on('error', onReset).on('close', onEnd)
  if (client.destroyed) onReset()
  return {
    headSent: () => {
      headSent = true
    },
    over: () => decided === 'close',
    closeOnWrite: () => decided === 'close-on-write',
    release: () => client.off('end', onEnd).off('error', onReset).off('close', onEnd),
  }
}
