import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

it('no source joins AbortSignal.timeout by AbortSignal.any, which would lose it: it uses TimeLimit', () => {
  const files = execFileSync('git', ['ls-files', '*.ts'], { encoding: 'utf8' }).trim().split('\n')
  const joins = files.filter((file) => {
    if (/\.test\.ts$|time-limit\.ts$/.test(file)) return false
    const source = readFileSync(file, 'utf8')
    return source.includes('AbortSignal.any(') && source.includes('AbortSignal.timeout(')
  })
  expect(joins).toEqual([])
})
