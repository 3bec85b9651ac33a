import type { MockContentStore } from '../start.ts'
import { StreamReader } from './stream-reader.ts'

/** A call of one endpoint that succeeds. */
export interface ControlExample {
  /** Default: the path as it is declared. */
  readonly path?: string
  /** With its question mark. */
  readonly query?: string
  /** JSON, or a text. */
  readonly body?: unknown
  /** Prepares a store with the demo content. */
  readonly before?: (store: MockContentStore) => unknown
}

const A_LATE_TIME = '9999-01-01T00:00:00Z'

/** By operation. An endpoint that needs no input has none. */
export const EXAMPLES: Readonly<Record<string, ControlExample>> = {
  items: { query: '?count=3&after=790' },
  createItem: { body: { section: 22, title: 'Hello' } },
  generateItems: { body: { count: 2, states: { draft: 1 }, payload: true } },
  item: { path: '/items/801' },
  updateItem: { path: '/items/801', body: { title: 'Hello again' } },
  deleteItem: { path: '/items/801' },
  publishItem: { path: '/items/801/publish' },
  duplicateItem: { path: '/items/801/duplicate', body: { section: 12 } },
  itemVersions: { path: '/items/801/versions', before: ({ control }) => control.publishItem(801) },
  revertItem: {
    path: '/items/801/revert',
    body: { changeId: 5041 },
    before: ({ control }) => control.publishItem(801),
  },
  'schedules.add': { path: '/items/801/schedule', body: { at: A_LATE_TIME } },
  'schedules.cancel': {
    path: '/schedules/1',
    before: ({ control }) => control.schedules.add(801, { at: A_LATE_TIME }),
  },
  'editing.move': { body: { items: [800, 801], section: 12 } },
  'editing.transition': { body: { items: [800, 801], to: 'un-publish-keep' } },
  'editing.of': { path: '/items/801/editing', before: ({ control }) => control.editing.lock(801) },
  'editing.lock': { path: '/items/801/locks', body: { user: 'ann', summary: 'Proofreading' } },
  'editing.unlock': {
    path: '/items/801/locks/1',
    before: ({ control }) => control.editing.lock(801),
  },
  setListItems: { path: '/lists/61', body: { items: [798] } },
  updateSection: { path: '/sections/12', body: { name: 'World' } },
  addSections: { body: { count: 2 } },
  'clock.advance': { body: { ms: 1_000 } },
  'snapshots.save': { body: { name: 's' } },
  'snapshots.get': { path: '/snapshots/s', before: ({ control }) => control.snapshots.save('s') },
  'snapshots.delete': {
    path: '/snapshots/s',
    before: ({ control }) => control.snapshots.save('s'),
  },
  'snapshots.restore': {
    path: '/snapshots/s/restore',
    before: ({ control }) => control.snapshots.save('s'),
  },
  'snapshots.text': {
    path: '/snapshots/s/file',
    before: ({ control }) => control.snapshots.save('s'),
  },
  'spaces.create': { body: { name: 'a', hosts: ['a.test'] } },
  'spaces.get': { path: '/spaces/a', before: ({ spaces }) => spaces.create('a') },
  'spaces.delete': { path: '/spaces/a', before: ({ spaces }) => spaces.create('a') },
  'scenarios.start': { body: 'name: a\nsteps: []' },
  'scenarios.check': { body: 'name: a\nsteps: [{wait: soon}]' },
  'scenarios.step': { path: '/scenarios/1/step', before: startPaused },
  'scenarios.resume': { path: '/scenarios/1/resume', before: startPaused },
  'scenarios.recording.yaml': { before: ({ control }) => control.scenarios.recording.start() },
  'scenarios.recording.stop': { before: ({ control }) => control.scenarios.recording.start() },
  'scenarios.get': { path: '/scenarios/1', before: startScenario },
  'scenarios.stop': { path: '/scenarios/1', before: startScenario },
  removeSections: {
    path: '/sections/25',
    query: '?count=2',
    before: ({ control }) => control.addSections({ count: 2 }),
  },
  wait: { body: { for: 'clients', exactly: 0 } },
  'journal.query': { before: ({ control }) => control.publishItem(801) },
  'journal.effects': {
    query: '?correlation=change-1',
    before: ({ control }) => control.publishItem(801),
  },
  'journal.jsonl': { before: ({ control }) => control.publishItem(801) },
  'journal.verify': { body: { expect: [{ exactlyOneConnection: {} }] } },
  setFaultPreset: { path: '/faults/presets/flaky' },
  setFaults: {
    body: { faults: [{ name: 'slow', kind: 'latency', scope: 'feed', ms: 1 }] },
  },
  'client.send': { path: '/clients/client-1/send', body: { data: 'hello' }, before: openStream },
  'client.stall': { path: '/clients/client-1/stall', body: { ms: 1 }, before: openStream },
  'client.throttle': {
    path: '/clients/client-1/throttle',
    body: { bytesPerSecond: 100 },
    before: openStream,
  },
  'client.resume': { path: '/clients/client-1/resume', before: openStream },
  'client.reset': { path: '/clients/client-1/reset', before: openStream },
  'client.fin': { path: '/clients/client-1/fin', before: openStream },
  'client.close': { path: '/clients/client-1/close', before: openStream },
  'client.sendToAll': { body: { comment: 'hello' } },
  'proxy.set': { body: { url: 'http://127.0.0.1:9/' } },
  'scenarios.junit': { path: '/scenarios/1/junit', before: startScenario },
  removeFault: {
    path: '/faults/slow',
    before: ({ control }) =>
      control.setFaults([{ name: 'slow', kind: 'latency', scope: 'feed', ms: 1 }]),
  },
}

async function startScenario({ control, url }: MockContentStore): Promise<void> {
  await control.scenarios.start({ text: 'name: a\nsteps: []', url })
}

async function startPaused({ control, url }: MockContentStore): Promise<void> {
  await control.scenarios.start({ text: 'name: a\nsteps: [{wait: 1s}]', step: true, url })
}

async function openStream({ url }: MockContentStore): Promise<void> {
  await StreamReader.open(`${url}/webservice/escenic/changelog/sse`)
}
