import type { KnobName } from '../knobs.ts'

/**
 * Settings that a client cannot or must not learn, with the reason. A test checks that every other
 * setting is learned.
 */
export const HIDDEN_SETTINGS: Readonly<Partial<Record<KnobName, string>>> = {
  host: 'where the mock listens',
  port: 'where the mock listens',
  portFile: 'of the mock alone',
  json: 'of the mock alone',
  clock: 'of the mock alone',
  label: 'of the mock alone',
  dataDir: 'of the mock alone',
  fsync: 'of the mock alone',
  journalBytes: 'of the mock alone',
  journalEntries: 'of the mock alone',
  fault: 'of the mock alone',
  faults: 'of the mock alone',
  faultPreset: 'of the mock alone',
  randomSeed: 'of the mock alone',
  space: 'of the mock alone',
  restore: 'of the mock alone',
  limits: 'of the mock alone',
  longPoll: 'of the mock alone: no Content Store is known to answer so',
  longPollHoldMs: 'of the mock alone',
  longPollMaxBytes: 'of the mock alone',
  allowHost: 'of /__mock, which no other store has',
  proxy: 'of the page of the mock alone',
  proxyAdmin: 'of the page of the mock alone',
  uiReadonly: 'of the page of the mock alone',
  hideDestructive: 'of the page of the mock alone',
  login: 'a secret: learn writes none',
  seedFile: 'of the mock alone',
  maxBinaryBytes: 'to find it is to upload large files, which cannot be deleted',
  maxBinaryStoreBytes: 'of the mock alone',
  uniqueIds: 'seen only when a store starts again, which is for a mock alone',
  workers: 'to find the limit is to use up the workers of others',
  workersBusy: 'to see it is to use up the workers of others',
  maxStreamBufferBytes: 'to find it is to flood the store with changes',
}
