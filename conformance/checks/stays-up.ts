import { forBoth } from './stream-check.ts'

/**
 * Stands for exits between two checks. It is not in the catalogue, because no check is at work
 * then.
 */
export const STAYS_UP = forBoth({
  id: 'base.stays-up',
  title: 'The target keeps running between two checks',
  level: 'must',
  source: '[protocol §5.11]',
  meaning: 'Every client loses its stream, and events are lost until the target runs again.',
  kills: [],
  run: () => Promise.resolve(),
})
