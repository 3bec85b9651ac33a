import { compareStores } from './against.ts'
import { fillStore } from './fill-store.ts'
import { closeConnections } from './http-client.ts'
import { startStoreProcess } from './store-process.ts'

/**
 * What the journal costs: the processor time of a store with it, beside one without it. Both take
 * turns, so that a busy machine slows both.
 */

const FLAGS = ['--workers', '0', '--ids', '--announce', 'section']
const ITEMS = 2_000
const LOAD = {
  seconds: 10,
  streams: 100,
  edits: 50,
  polls: 200,
  rounds: 7,
  log: '/webservice/escenic/changelog/publication/1',
} as const

const say = (text: string): void => void process.stderr.write(`${text}\n`)

await using journaling = await startStoreProcess(FLAGS)
await using without = await startStoreProcess([...FLAGS, '--journal-entries', '0'])
say(`filling both stores with ${ITEMS} items`)
const { table, missing } = await compareStores(
  [
    { name: 'with the journal', store: journaling, itemIds: await fillStore(journaling, ITEMS) },
    { name: 'without it', store: without, itemIds: await fillStore(without, ITEMS) },
  ],
  LOAD,
  say,
)
closeConnections()
const { rounds, streams, edits, polls } = LOAD
process.stdout.write(
  [
    `Processor time per response, and per second of ${streams} streams, ${edits} edits/s and ${polls} polls/s: medians of ${rounds} rounds, in which both stores take turns.`,
    '',
    ...table,
    '',
  ].join('\n'),
)
if (missing > 0) {
  process.stdout.write(`- missed: ${missing} events or streams are behind\n`)
  process.exitCode = 1
}
