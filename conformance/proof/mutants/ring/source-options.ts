import type { Socket } from 'node:net'
import type { TextDecoder } from 'node:util'

import type { BackendSettings } from '../../../runner/target.ts'
import type { Switches } from './switches.ts'

/** What all back ends of one ring share only when a fault makes them. */
export interface Shared {
  lastId: string
  refusals: number
  firstWaitMs: number
  readonly lines: Buffer[]
  readonly decoder: TextDecoder
  readonly streaming: Set<Socket>
}

export interface SourceOptions {
  readonly settings: BackendSettings
  readonly switches: Switches
  readonly headTimeoutMs: number
  readonly silenceMs: number
  readonly maxEventBytes: number
  readonly shared: Shared
  readonly onEvent: (bytes: Buffer) => void
  /**
   * Events may have been missed: the back end is connected again, and had given no id to resume
   * after.
   */
  readonly onGap: () => void
  readonly onLoss: () => void
}
