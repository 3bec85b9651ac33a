import { expect, test } from 'vitest'

import { judgeProxy } from './library.ts'

test.each([
  [{}, 'expected one of front, spawn and targetFile, got none'],
  [{ front: 'http://127.0.0.1:9', targetFile: 'a.yaml' }, 'targetFile, got 2'],
  [{ front: 'nowhere' }, 'expected an http:// or https:// URL without a login, got "nowhere"'],
  [{ front: 'ftp://127.0.0.1/' }, 'got "ftp://127.0.0.1/"'],
  [{ front: 'http://user:secret@127.0.0.1:9' }, 'got one with a login (not shown)'],
  [{ spawn: 'my-proxy' }, '{frontPort}'],
  [{ targetFile: 'conformance/targets/none.yaml' }, 'ENOENT'],
])('judgeProxy refuses %j and says why', async (options, reason) => {
  await expect(judgeProxy(options)).rejects.toThrow(reason)
})
