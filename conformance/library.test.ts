import { expect, test } from 'vitest'

import { judgeProxy } from './library.ts'

test.each([
  [{}, 'expected one of front, spawn and targetFile, got none'],
  [{ front: 'http://127.0.0.1:9', targetFile: 'a.yaml' }, 'targetFile, got 2'],
  [{ front: 'nowhere' }, 'nowhere is not a URL'],
  [{ spawn: 'my-proxy' }, '{frontPort}'],
  [{ targetFile: 'conformance/targets/none.yaml' }, 'ENOENT'],
])('judgeProxy refuses %j and says why', async (options, reason) => {
  await expect(judgeProxy(options)).rejects.toThrow(reason)
})
