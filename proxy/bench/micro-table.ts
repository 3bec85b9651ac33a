import assert from 'node:assert/strict'

import type { Bench } from 'tinybench'

/**
 * A table of a micro-benchmark; `operations` = how many of them one call of the task of this index
 * does.
 */
export function microTable(bench: Bench, operations: (index: number) => number): string {
  const rows = bench.tasks.map(({ name, result }, index) => {
    assert.equal(result.state, 'completed', `${name}: ${JSON.stringify(result)}`)
    const nsEach = (result.latency.p50 * 1e6) / operations(index)
    return `| ${name} | ${nsEach.toFixed(0)} ns | ${(1e3 / nsEach).toFixed(2)} M/s |`
  })
  return ['| | each, median | |', '|---|---|---|', ...rows, ''].join('\n')
}
