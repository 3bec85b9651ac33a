import { describe, expect, it } from 'vitest'

import { superlinearGrowth } from '../testing/cpu-growth.ts'
import { PathGlob } from './path-glob.ts'

describe('PathGlob', () => {
  it.each([
    ['/a/b', '/a/b', true],
    ['/a/b', '/a/bc', false],
    ['/a/*', '/a/', true],
    ['/a/*', '/a/b', true],
    ['/a/*', '/a/b/c', false],
    ['/a/**', '/a/b/c', true],
    ['/**/c', '/a/b/c', true],
    ['/**/c', '/a/b/d', false],
    ['/*/b/*', '/a/b/c', true],
    ['**', '', true],
    ['section/1*2', 'section/112', true],
    ['a.c', 'abc', false],
    ['a***c', 'a/b/c', true],
  ])('PathGlob %s matches %s: %s', (pattern, path, expected) => {
    expect(new PathGlob(pattern).matches(path)).toBe(expected)
  })

  it('PathGlob takes linear time, whatever the path', async () => {
    const glob = new PathGlob('**a*a**a*a**a*ab')
    expect(
      await superlinearGrowth(
        (size) => 'a'.repeat(size),
        (path) => glob.matches(path),
        1_000,
      ),
    ).toBe(undefined)
  })
})
