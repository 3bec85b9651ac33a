import type { Claims, Role, Trust } from '../runner/target.ts'
import type { Transcript } from '../wire/transcript.ts'
import type { Activity } from './activity.ts'
import type { Calibration } from './assertions.ts'
import type { Backend } from './backend.ts'
import type { TargetControl } from './target-control.ts'

/** What the tools of one check are made of. */
export interface RigOptions {
  readonly role: Role
  readonly claims: Claims
  readonly frontPath: string
  readonly target: TargetControl
  readonly trust?: Trust | undefined
  /** The target's back ends, the main one first. */
  readonly backends: readonly [Backend, ...Backend[]]
  readonly activity: Activity
  readonly transcript: Transcript
  readonly calibration: Calibration
  readonly signal: AbortSignal
}
