import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { parseConfig } from '../config.ts'
import { FAULT_PLAN } from '../faults/fault.ts'
import { FAULT_KINDS } from '../faults/fault-kinds.ts'
import type { FaultKind } from '../faults/fault-kinds.ts'
import { KNOB_NAMES, KNOBS } from '../knobs.ts'
import type { MockContentStore } from '../start.ts'
import { EXAMPLES } from '../testing/control-examples.ts'
import { serveStore } from '../testing/serve-store.ts'
import { CONTROL_ENDPOINTS } from './control-endpoints.ts'
import type { Endpoint } from './endpoint.ts'
import { runCall } from './run-call.ts'

const folder = mkdtempSync(join(tmpdir(), 'parity-'))
afterAll(() => rmSync(folder, { recursive: true }))

const OF_THE_STORE = 'the store itself calls it'
const A_FILE =
  'a file is trusted by its checksum, so only who starts the store names one: --restore'

/** Methods of `store.control` that are no operation of the control API, with the reason. */
const LIBRARY_ALONE: Readonly<Record<string, string>> = {
  'snapshots.writeFile': 'GET /__mock/snapshots/{name}/file, and --restore at the next start',
  'snapshots.readFile': A_FILE,
  'snapshots.restoreFile': A_FILE,
  onStrike: 'calls a function; GET /__mock/journal/stream?kind=fault',
  'journal.onFrame': 'calls a function; GET /__mock/journal/stream?kind=frame',
  'clock.now': 'GET /__mock/clock',
  'clock.setTimeout': OF_THE_STORE,
  'clock.setInterval': OF_THE_STORE,
  'clock.clear': OF_THE_STORE,
  'clock.reset': OF_THE_STORE,
  'clock.close': OF_THE_STORE,
  'schedules.clear': OF_THE_STORE,
  'spaces.handle': OF_THE_STORE,
  'spaces.close': OF_THE_STORE,
  'spaces.release': OF_THE_STORE,
  'scenarios.urlOf': OF_THE_STORE,
  'scenarios.close': OF_THE_STORE,
  'scenarios.recording.watching': OF_THE_STORE,
  'scenarios.recording.restart': OF_THE_STORE,
  'scenarios.recording.noteFaults': OF_THE_STORE,
  'scenarios.recording.noteRemovedFault': OF_THE_STORE,
  'scenarios.recording.noteDisconnect': OF_THE_STORE,
  'journal.close': OF_THE_STORE,
  'monitor.close': OF_THE_STORE,
  'proxy.close': OF_THE_STORE,
  checkWaits: OF_THE_STORE,
  close: OF_THE_STORE,
}

/** A fault of each kind, with no more than it needs. */
const FAULTS: Readonly<Record<FaultKind, object>> = {
  latency: { scope: 'feed', ms: 5 },
  jitter: { scope: 'feed', ms: 5, spreadMs: 2 },
  status: { scope: 'feed', status: 503 },
  reset: { scope: 'feed', afterBytes: 10 },
  fin: { scope: 'feed' },
  stall: { scope: 'feed' },
  'half-open': { scope: 'feed' },
  split: { scope: 'feed', at: 'utf-8' },
  truncate: { scope: 'feed', fraction: 0.5 },
  malformed: { scope: 'feed', defect: 'entity' },
  'slow-close': { scope: 'feed', ms: 5 },
  bandwidth: { scope: 'feed', bytesPerSecond: 100 },
  connections: { scope: 'feed', max: 2 },
  down: { ms: 1 },
  'event-lost': { scope: 'sse-open', probability: 0.5 },
  'event-doubled': { scope: 'sse-open', copies: 3 },
  'event-reordered': { scope: 'sse-open', by: 2 },
  'event-foreign': { scope: 'sse-open', host: 'other.test' },
  'early-event': { scope: 'feed', ms: 5 },
  'late-row': { scope: 'feed', polls: 2 },
}

/** The example of an endpoint as arguments of the command line. */
function argumentsOf({ operation, path }: Endpoint): readonly string[] {
  const { path: given = path, query = '', body } = EXAMPLES[operation] ?? {}
  const names = path.split('/').map((part) => /^\{(\w+)\}$/.exec(part)?.[1])
  const inPath = given.split('/').flatMap((text, index) => {
    const name = names[index]
    return name === undefined ? [] : [`${name}=${text}`]
  })
  const inQuery = [...new URLSearchParams(query)].map(([name, text]) => `${name}=${text}`)
  const parts = [operation, ...inPath, ...inQuery]
  if (typeof body !== 'string') {
    const members = Object.entries(body ?? {})
    return [...parts, ...members.map(([name, value]) => `${name}=${JSON.stringify(value)}`)]
  }
  const file = join(folder, 'body.txt')
  writeFileSync(file, body)
  return [...parts, '--body', file]
}

async function call({ url }: MockContentStore, args: readonly string[]) {
  let printed = ''
  const stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      printed += chunk.toString()
      done()
    },
  })
  let complaint = ''
  const complain = (text: string): void => void (complaint += text)
  const code = await runCall([...args, '--url', url], { stdout, complain })
  return { code, printed, complaint }
}

function mistakesOf(read: () => unknown): string {
  try {
    read()
    return ''
  } catch (error) {
    return String(error)
  }
}

/** Dotted names of all methods of the control, and of the objects that it has. */
function methodsOf(part: object, path: string): readonly string[] {
  const names = new Set<string>()
  for (let layer: unknown = part; isObject(layer) && layer !== Object.prototype;) {
    for (const name of Object.getOwnPropertyNames(layer)) names.add(name)
    layer = Object.getPrototypeOf(layer)
  }
  names.delete('constructor')
  return [...names].flatMap((name) => {
    const value: unknown = Reflect.get(part, name)
    const dotted = path === '' ? name : `${path}.${name}`
    if (typeof value === 'function') return [dotted]
    // `spaces.control` leads back to the beginning.
    const isPart = isObject(value) && !Array.isArray(value) && name !== 'control'
    return isPart ? methodsOf(value, dotted) : []
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

let store: MockContentStore
beforeAll(async () => {
  store = await serveStore({ clock: 'frozen' })
})
afterEach(() => {
  for (const { name } of store.spaces.list()) store.spaces.delete(name)
})
afterAll(() => store.close())

describe('the control API, the command line and the library', () => {
  it.each(
    CONTROL_ENDPOINTS.filter(({ answers }) => answers[200]?.media !== 'text/event-stream').map(
      (endpoint) => [endpoint.operation, endpoint] as const,
    ),
  )('the command line calls %s', async (operation, endpoint) => {
    // A space of its own takes less than a store of its own.
    const { control, path } = store.spaces.create('own')
    const space = { ...store, control, url: store.url + path }
    await EXAMPLES[operation]?.before?.(space)
    const { code, printed, complaint } = await call(space, argumentsOf(endpoint))
    expect([code, complaint]).toEqual([0, ''])
    const [answer] = Object.values(endpoint.answers)
    const isEmpty = answer?.schema === undefined && answer?.media === undefined
    expect(printed === '').toBe(isEmpty)
  })

  it('every method of store.control is an operation of the control API', () => {
    const operations = new Set(CONTROL_ENDPOINTS.map(({ operation }) => operation))
    const others = methodsOf(store.control, '').filter((name) => !operations.has(name))
    expect(others.toSorted()).toEqual(Object.keys(LIBRARY_ALONE).toSorted())
  })

  it('every setting is a flag, a variable, a key of the file, and in /__mock/info', () => {
    const shown = Object.keys(store.control.info().settings)
    expect([...shown, 'login'].toSorted()).toEqual(KNOB_NAMES.toSorted())
    const file = join(folder, 'settings.yaml')
    for (const name of KNOB_NAMES) {
      const words = name.split(/(?=[A-Z])/).map((word) => word.toLowerCase())
      const { default: usual, arg } = Object(KNOBS[name])
      const isText = typeof usual !== 'object'
      writeFileSync(file, `${name}: ${isText ? JSON.stringify(usual) : '[]'}\n`)
      const flag = `--${words.join('-')}`
      const sources: readonly (readonly [readonly string[], Readonly<Record<string, string>>])[] = [
        [arg === undefined ? [flag] : [flag, String(usual)], {}],
        [[], { [`MCS_${words.join('_').toUpperCase()}`]: String(usual) }],
        [['--config', file], {}],
      ]
      for (const [args, env] of sources)
        expect(
          mistakesOf(() => parseConfig(args, env)),
          flag,
        ).not.toMatch(/unknown|there is no/)
    }
  })

  it.each(Object.entries(FAULTS).filter(([kind]) => kind !== 'down'))(
    'a fault of kind %s is set by the library, the control API and the command line',
    async (kind, parameters) => {
      const fault = { name: 'a', kind, ...parameters }
      const text = Object.entries(fault)
        .map(([name, value]) => `${name}=${value}`)
        .join(',')
      const plan = FAULT_PLAN.parse({ faults: [fault] })
      const set = store.control.setFaults(plan.faults)
      const { printed } = await call(store, ['setFaults', `faults=${JSON.stringify([fault])}`])
      expect(JSON.parse(printed)).toEqual({ faults: set })
      const { settings } = Object(parseConfig(['--fault', text], {}))
      expect(settings.fault).toEqual(plan.faults)
    },
  )

  it('a store cannot start with its port closed, so the flag --fault refuses the kind down', () => {
    expect(() => parseConfig(['--fault', 'name=a,kind=down,ms=5'], {})).toThrow('no kind down')
  })

  it('there is an example of every kind of fault', () => {
    expect(Object.keys(FAULTS)).toEqual(Object.keys(FAULT_KINDS))
  })
})
