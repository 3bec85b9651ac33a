import { expect, test } from 'vitest'

import { isHostField } from './host-field.ts'

test.each([
  '',
  'a',
  'a.example.org:80',
  '127.0.0.1:9080',
  '[::1]',
  '[fe80::1]:80',
  'a_b:',
  'xn--bl-wia',
])('isHostField accepts %j', (value) => {
  expect(isHostField(value)).toBe(true)
})

test.each(['a b', 'a/b', 'u@h', 'a:b', '[::1', 'a:80:80', 'å', 'a\\b', '<a>'])(
  '%j names none',
  (value) => {
    expect(isHostField(value)).toBe(false)
  },
)
