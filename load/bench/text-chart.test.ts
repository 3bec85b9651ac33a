import { describe, expect, it } from 'vitest'

import { textChart } from './text-chart.ts'

describe('textChart', () => {
  it('textChart draws bars on a common scale, the longest at full width', () => {
    const chart = textChart([
      { label: 'one', value: 100, text: '100 ms' },
      { label: 'other', value: 25, text: '25 ms' },
      { label: 'none', value: 0, text: '-' },
    ])
    expect(chart.split('\n')).toEqual([
      `one    ${'█'.repeat(50)} 100 ms`,
      `other  ${'█'.repeat(12)}▌ 25 ms`,
      'none    -',
    ])
  })

  it('textChart draws no bar when all values are 0', () => {
    expect(textChart([{ label: 'none', value: 0, text: '0' }])).toBe('none   0')
  })
})
