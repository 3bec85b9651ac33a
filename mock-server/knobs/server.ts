import { z } from 'zod'

import { CLOCK_SETTING, readClockText } from '../clock/clock-setting.ts'
import { FAULT_PLAN } from '../faults/fault.ts'
import { FAULT_PRESET_NAMES } from '../faults/fault-presets.ts'
import { readFaultText } from '../faults/fault-text.ts'
import { FSYNC_MODES } from '../durability/disk-sync.ts'
import { HOST_NAME } from '../http/host-name.ts'
import type { Knob } from './knob.ts'
import { bytes, choice, knob, splitList, text, toggle, url, whole } from './knob.ts'

export interface Login {
  readonly name: string
  readonly password: string
}

/** Where the store listens, who may use it, and how much of it. */
export const SERVER_KNOBS = {
  host: text({
    default: '127.0.0.1',
    arg: 'HOST',
    help: 'address to listen on',
    hidden: 'where the mock listens',
  }),
  port: whole({
    default: 8080,
    min: 0,
    max: 65_535,
    arg: 'PORT',
    help: 'port to listen on; 0 selects a free one',
    hidden: 'where the mock listens',
  }),
  portFile: text({
    default: '',
    arg: 'PATH',
    help: 'write the port to this file once listening',
    hidden: 'of the mock alone',
  }),
  label: text({
    default: '',
    arg: 'TEXT',
    help: 'name of this store, shown at its start and in /__mock',
    hidden: 'of the mock alone',
  }),
  json: toggle({
    default: false,
    help: 'print one JSON object instead of the listening line',
    hidden: 'of the mock alone',
  }),
  seedFile: text({
    default: '',
    arg: 'PATH',
    help: 'start with the content of this file instead of the demo publication',
    hidden: 'of the mock alone',
    guide: '#seed-files',
  }),
  dataDir: text({
    default: '',
    arg: 'DIR',
    help: 'keep content, spaces and snapshots in this folder; without one they are lost on exit',
    hidden: 'of the mock alone',
    guide: '#keep-the-content',
  }),
  fsync: choice({
    choices: FSYNC_MODES,
    default: 'interval',
    help: 'when the data folder survives a power failure: never, 0.1 s later, or before each answer',
    hidden: 'of the mock alone',
  }),
  publicUrl: url({
    default: '',
    help: 'scheme, host and port of every URL in responses, overrides Host',
  }),
  allowHost: knob({
    schema: z.preprocess(splitList, z.array(HOST_NAME).readonly()),
    default: [],
    arg: 'HOST,…',
    expects:
      'host names without scheme and port; * is none, because pages of any site could then use /__mock',
    help: 'further host names allowed for /__mock; no patterns',
    hidden: 'of /__mock, which no other store has',
  }),
  proxy: url({
    default: '',
    help: 'the event stream of a proxy, which the page shows beside that of the store',
    hidden: 'of the page of the mock alone',
    guide: 'qa-page.md',
  }),
  proxyAdmin: url({
    default: '',
    help: 'the admin address of that proxy, for its health and its metrics',
    hidden: 'of the page of the mock alone',
  }),
  uiReadonly: toggle({
    default: false,
    help: 'the page shows everything, and changes nothing',
    hidden: 'of the page of the mock alone',
  }),
  hideDestructive: toggle({
    default: false,
    help: 'the page has no buttons that delete, reset or disconnect',
    hidden: 'of the page of the mock alone',
  }),
  login: login({
    default: { name: 'user', password: 'password' },
    help: 'the login that is accepted; user:password without it',
    hidden: 'a secret: learn writes none',
  }),
  acceptAnyLogin: toggle({ default: false, help: 'accept every login, and requests without one' }),
  workers: whole({
    default: 200,
    min: 0,
    max: 1_000_000,
    arg: 'N',
    help: 'concurrent requests, open streams included; 0 = no limit',
    hidden: 'to find the limit is to use up the workers of others',
  }),
  workersBusy: choice({
    choices: ['queue', 'refuse', '503'],
    default: 'queue',
    help: 'how to treat a request when all workers are busy',
    hidden: 'to see it is to use up the workers of others',
  }),
  maxBodyBytes: bytes({ default: 1_048_576, help: 'largest request body' }),
  maxBinaryBytes: bytes({
    default: 10_485_760,
    help: 'largest file that a client may upload',
    hidden: 'to find it is to upload large files, which cannot be deleted',
  }),
  maxBinaryStoreBytes: bytes({
    default: 134_217_728,
    help: 'bytes of all uploaded files',
    hidden: 'of the mock alone',
  }),
  clock: knob({
    schema: z.preprocess(readClockText, CLOCK_SETTING.readonly()),
    default: { frozen: false },
    arg: 'CLOCK',
    expects: 'real, frozen, frozen@2026-01-01T00:00:00Z, running@2026-01-01T00:00:00Z or offset@MS',
    help: 'the time of the store: real, frozen, frozen@TIME, running@TIME or offset@MS',
    hidden: 'of the mock alone',
    guide: 'mock-server/tester.md#the-clock',
  }),
  journalEntries: whole({
    default: 20_000,
    min: 0,
    max: 1_000_000,
    arg: 'N',
    help: 'entries of the journal: requests, responses, events, changes; 0 = no journal',
    hidden: 'of the mock alone',
    guide: 'mock-server/tester.md#the-journal',
  }),
  journalBytes: bytes({
    default: 16_777_216,
    help: 'bytes of all entries of the journal',
    hidden: 'of the mock alone',
  }),
  fault: knob({
    schema: z.preprocess(
      readFaultText,
      FAULT_PLAN.shape.faults.refine((faults) => faults.every(({ kind }) => kind !== 'down')),
    ),
    default: [],
    arg: 'FAULT',
    expects:
      'faults such as name=slow,kind=latency,ms=500,scope=feed (docs/faults.md), with names of their own, and no kind down',
    help: 'start with this fault: name=…,kind=…,scope=…; may be given again',
    repeatable: true,
    hidden: 'of the mock alone',
    guide: 'faults.md',
  }),
  faults: text({
    default: '',
    arg: 'FILE',
    help: 'start with the faults of this YAML file',
    hidden: 'of the mock alone',
    guide: 'faults.md#files-and-presets',
  }),
  faultPreset: knob({
    schema: z.preprocess(splitList, z.array(z.enum(FAULT_PRESET_NAMES)).readonly()),
    default: [],
    arg: 'NAME',
    expects: FAULT_PRESET_NAMES.join(' or '),
    help: `start with the faults of this preset: ${FAULT_PRESET_NAMES.join(', ')}`,
    repeatable: true,
    hidden: 'of the mock alone',
    guide: 'faults.md#files-and-presets',
  }),
  randomSeed: whole({
    default: 0,
    min: 0,
    max: 2_147_483_647,
    arg: 'N',
    help: 'seed of everything random, such as faults with a probability; 0 draws one',
    hidden: 'of the mock alone',
  }),
  uniqueIds: toggle({
    default: false,
    help: 'begin ids at the clock, so that no id of an earlier run is given again',
    hidden: 'seen only when a store starts again, which is for a mock alone',
  }),
} as const

function login(described: Omit<Knob<Login>, 'schema' | 'expects'>): Knob<Login> {
  const schema = z.preprocess(
    textToLogin,
    z.strictObject({
      name: z
        .string()
        .min(1)
        .regex(/^[^:]*$/),
      password: z.string().min(1),
    }),
  )
  return { ...described, arg: 'NAME:PASSWORD', schema, secret: true, expects: 'NAME:PASSWORD' }
}

function textToLogin(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const colon = value.indexOf(':')
  return colon === -1 ? value : { name: value.slice(0, colon), password: value.slice(colon + 1) }
}
