import type { RawClient } from '../../client/raw-client.ts'
import type { Role } from '../../runner/target.ts'
import { Finding } from '../../runner/outcome/verdict.ts'
import type { Backend } from '../backend.ts'
import type { Symptom } from './symptom.ts'

const MOST_NOTES = 3
/** Findings that only say what did not come. The circumstances say why. */
const SAYS_NO_CAUSE: ReadonlySet<string | undefined> = new Set(['missed', 'lost-event', 'no-head'])

export interface Scene {
  readonly role: Role
  readonly clients: readonly RawClient[]
  readonly backends: readonly Backend[]
  /** More targets than one read from these back ends. */
  readonly shared: boolean
  /** The target sends response heads only with the first event. */
  readonly headNeedsEvent: boolean
}

interface Note {
  /** Undefined: it helps, but need not be the cause. */
  readonly symptom: Symptom | undefined
  readonly text: string
}

/**
 * Adds to a finding what its check did not look at: responses that the target has ended, errors,
 * content coding, and how many streams the back ends see. Call it before anything is closed.
 */
export function withCircumstances(finding: Finding, scene: Scene): Finding {
  if (finding.kind !== 'broken' || !SAYS_NO_CAUSE.has(finding.symptom)) return finding
  const notes = [...clientNotes(scene), ...backendNotes(scene)]
  const added = notes.slice(0, MOST_NOTES).map(({ text }) => `\nat that time: ${text}`)
  const symptom = notes.find((note) => note.symptom !== undefined)?.symptom ?? finding.symptom
  return new Finding('broken', `${finding.message}${added.join('')}`, symptom)
}

function clientNotes({ role, clients, backends, headNeedsEvent }: Scene): readonly Note[] {
  const alive = role === 'concentrator' || backends.some(({ streams }) => streams.length > 0)
  return clients.flatMap((client): readonly Note[] => {
    const { head, name } = client
    if (head !== undefined && head.status >= 400) {
      const text = `${name} had got the response ${head.status} ${head.reason}`.trim()
      return [{ symptom: 'status', text }]
    }
    if (head === undefined && headNeedsEvent && client.connected && !client.closed) {
      const text = `${name} had no response head: this target sends it only with an event`
      return [{ symptom: 'late-head', text }]
    }
    const coding = client.field('content-encoding')
    if (coding !== undefined) {
      const text = `the response to ${name} had Content-Encoding: ${coding}`
      return [{ symptom: client.offersCoding ? undefined : 'content-encoding', text }]
    }
    if (client.ending === undefined || !alive) return []
    return [{ symptom: 'stream-ended', text: client.ending }]
  })
}

function backendNotes({ role, backends, shared }: Scene): readonly Note[] {
  if (role === 'gateway' || shared) return []
  return backends.flatMap(({ name, streams: { length } }): readonly Note[] => {
    if (length === 0)
      return [{ symptom: 'no-upstream', text: `the target held no stream at back end ${name}` }]
    if (length === 1) return []
    const text = `the target held ${length} streams at back end ${name} instead of one; the suite writes to the newest`
    return [{ symptom: 'many-upstreams', text }]
  })
}
