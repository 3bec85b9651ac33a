import { expect, test } from 'vitest'

import { SAMPLE_RUN } from '../../report/testing/sample-run.ts'
import { productsPage } from './products-page.ts'

test('productsPage counts passes and groups other verdicts by reason, independent of their order', () => {
  const { target, results } = SAMPLE_RUN
  const pages = [results, results.toReversed()].map((some) =>
    productsPage([{ target, version: '1.2', run: { ...SAMPLE_RUN, results: some } }]),
  )
  expect(pages[0]).toContain('| [demo](#demo) | 1.2 | concentrator | 1 of 4 | 0 of 0 | 1 |')
  expect(pages[0]).toContain(
    '- `a.fail` (FAIL), `b.error` (ERROR): Not expected.\n- `b.known` (FAIL): it is old',
  )
  expect(pages[1]).toBe(pages[0])
})
