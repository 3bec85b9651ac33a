import { readdirSync, readFileSync } from 'node:fs'

import { parseSync, Visitor } from 'oxc-parser'
import { expect, it } from 'vitest'

import { EVICTIONS, LIMIT_CASES } from './testing/limit-cases.ts'

/**
 * Every collection that lives longer than a call, by what bounds it: a limit that a case drives
 * (`LIMIT_CASES`, `EVICTIONS`), or a reason in words.
 */
const BOUNDS: Readonly<Record<string, readonly string[]>> = {
  items: ['content/content.ts #items', 'content/content.ts #itemIds'],
  persons: ['content/person-register.ts #persons', 'content/person-register.ts #byUserName'],
  sections: [
    'content/site/section-tree.ts #sections',
    'content/site/section-tree.ts #subsections',
    'content/site/section-tree.ts #listRevisions',
    'content/site/section-tree.ts #depths',
    'content/site/section-tree.ts #names',
  ],
  listItems: ['content/site/list-pools.ts #listOfHandle'],
  binaries: ['content/binaries.ts #files'],
  locks: ['content/item/lock-table.ts #locks', 'content/item/lock-table.ts #locksByItem'],
  versionLength: ['content/item/versions.ts #versions'],
  schedules: ['control/schedules.ts #open'],
  historyLines: ['content/item/histories.ts #histories', 'content/item/history.ts #lines'],
  liveEntries: ['live-center/live-center.ts #entries'],
  waiters: ['control/waiters.ts #open'],
  journalFollowers: ['journal/follow.ts #open', 'page/proxy-link.ts #open'],
  statsFollowers: ['control/live-monitor.ts #followers'],
  journalEntries: ['journal/journal.ts #ring'],
  faults: ['faults/fault-plan.ts #faults', 'faults/set-fault.ts #timers'],
  halfOpenConnections: ['faults/kinds/half-open.ts #resumes'],
  snapshots: ['snapshots/snapshots.ts #entries'],
  spaces: ['spaces/spaces.ts #spaces'],
  spaceHosts: ['spaces/spaces.ts #ofHost'],
  'open connections, of which the system allows so many': [
    'sse/stream-hub.ts #clients',
    'sse/stream-hub.ts #longPolls',
    'journal/recorded-streams.ts #open',
    'faults/kinds/connection-cap.ts #admitted',
    'faults/stream-faults.ts #streams',
    'http/store-port.ts #sockets',
  ],
  'a row of a log for each item, person or entry, and the same logs as sections, lists, events': [
    'content/changes/log-book.ts #logs',
    'content/changes/change-log.ts #rows',
    'content/changes/change-log.ts #changeIdOf',
    'live-center/live-center.ts #logs',
  ],
  'the seed alone adds to it': [
    'content/site/list-pools.ts #lists',
    'live-center/live-center.ts #events',
  ],
  'a listener that the store itself adds, one for each of a bounded number of followers': [
    'sse/stream-hub.ts #watchers',
    'journal/journal.ts #watchers',
    'content/changes/log-book.ts #listeners',
    'faults/fault-plan.ts #starters',
    'faults/fault-plan.ts #watchers',
    'live-center/live-center.ts #listeners',
  ],
  'what is done for one request or stream, until it ends': [
    'faults/lifetime.ts #undos',
    'faults/open-stream.ts #armed',
    'http/wire.ts #holds',
    'http/wire.ts #marks',
    'sse/event-parser.ts #data',
    'journal/recorded-changes.ts #ofThisTurn',
    'journal/effects.ts listed',
    'durability/checkpoint-file.ts #buffers',
  ],
  'nothing is added to it': ['journal/record-requests.ts NO_CHANGES'],
  'requests that wait for the disk, as many as there are connections': [
    'durability/disk-sync.ts #covered',
    'durability/disk-sync.ts #waiting',
  ],
  'its file has a constant for it': [
    'content/changes/change-journal.ts #changes',
    'faults/kinds/late-rows.ts #held',
    'http/connection.ts #pending',
    'http/request-limiter.ts #waiting',
    'page/lanes.ts #seen',
    'scenario/scenario-runs.ts #runs',
    'atom/change-log-feed.ts keptHeads',
    'atom/render-cache.ts kept',
  ],
  'a timer for each open request, stream or fault': ['clock/timer-queue.ts #timers'],
  'bytes of an answer that a fault slows down, which `maxStreamBufferBytes` bounds for a stream': [
    'http/wire.ts #queue',
  ],
  'one call of `verify`, over a journal that is bounded': [
    'journal/verify/judge-polled-without-event.ts #events',
  ],
  'the file of a scenario, which is bounded': [
    'scenario/scenario-time.ts #sleepers',
    'scenario/log-client.ts logs',
    'scenario/log-client.ts #wanted',
    'scenario/scenario-run.ts #clients',
    'scenario/step-gate.ts #watchers',
  ],
}

/** The program itself, without its page, its tools and what runs beside it. */
const SOURCES = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /^(?!bench|follower|learn|testing|ui).*(?<!\.test|\.d)\.ts$/.test(path),
)

/** Members of classes and constants of modules that begin as an empty collection. */
function collectionsOf(path: string): readonly string[] {
  const { program } = parseSync(path, readFileSync(new URL(path, import.meta.url), 'utf8'))
  const found: string[] = []
  const note = (name: string, value: unknown): void => {
    if (isEmptyCollection(value)) found.push(`${path} ${name}`)
  }
  new Visitor({
    PropertyDefinition: ({ key, value }) => {
      if (key.type === 'PrivateIdentifier') note(`#${key.name}`, value)
      else if (key.type === 'Identifier') note(key.name, value)
    },
  }).visit(program)
  for (const statement of program.body) {
    if (statement.type !== 'VariableDeclaration') continue
    for (const { id, init } of statement.declarations)
      if (id.type === 'Identifier') note(id.name, init)
  }
  return found
}

function isEmptyCollection(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  if (value.type === 'ArrayExpression' && 'elements' in value)
    return Array.isArray(value.elements) && value.elements.length === 0
  if (value.type !== 'NewExpression' || !('callee' in value) || !('arguments' in value))
    return false
  const { callee } = value
  const name = typeof callee === 'object' && callee !== null && 'name' in callee ? callee.name : ''
  const isEmpty = Array.isArray(value.arguments) && value.arguments.length === 0
  return name === 'LRUCache' || (isEmpty && (name === 'Map' || name === 'Set'))
}

it('every collection of the store has a limit, or a reason why it cannot grow', () => {
  const listed = Object.values(BOUNDS).flat()
  expect(SOURCES.flatMap(collectionsOf).toSorted()).toEqual(listed.toSorted())
})

it('every limit that bounds a collection is one that a test drives', () => {
  const driven = new Set([...Object.keys(LIMIT_CASES), ...Object.keys(EVICTIONS)])
  const named = Object.keys(BOUNDS).filter((bound) => !bound.includes(' '))
  expect(named.filter((limit) => !driven.has(limit))).toEqual([])
})
