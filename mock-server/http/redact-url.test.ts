import { expect, it } from 'vitest'

import { redactUrl } from './redact-url.ts'

it.each([
  ['/a/b?count=10&state=x', '/a/b?count=10&state=x'],
  ['/a?access_token=abc&count=1', '/a?access_token=***&count=1'],
  ['/a?%74oken=abc', '/a?%74oken=***'],
  ['/a?Password=abc&apiKey=k&sig=s&jwt=j', '/a?Password=***&apiKey=***&sig=***&jwt=***'],
  ['/a?client_secret=a&pwd=b&auth=c&bearer=d', '/a?client_secret=***&pwd=***&auth=***&bearer=***'],
  ['/a?credential=a&session=b&signature=c', '/a?credential=***&session=***&signature=***'],
  ['/a?ticket=a&key=b&code=c', '/a?ticket=***&key=***&code=***'],
  ['/a?keyword=a&postcode=b&sigma=c', '/a?keyword=a&postcode=b&sigma=c'],
  ['/a?count=1&pwd=b', '/a?count=1&pwd=***'],
  [`/a?count=${'1'.repeat(49)}`, '/a?count=***'],
  [`/a?x=${'y'.repeat(49)}&z=${'y'.repeat(48)}`, `/a?x=***&z=${'y'.repeat(48)}`],
  [`/a?${'y'.repeat(49)}`, '/a?***'],
  [`/a?${'y'.repeat(49)}=1`, '/a?***'],
  ['http://user:secret@host/a?b', 'http://host/a?b'],
  ['/a@b?c', '/a@b?c'],
  ['/a?%E0%A4%A=1', '/a?%E0%A4%A=1'],
])('redactUrl shows %s as %s', (target, shown) => {
  expect(redactUrl(target)).toBe(shown)
})
