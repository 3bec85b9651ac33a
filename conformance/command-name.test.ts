import { expect, test } from 'vitest'

import { commandOf, defaultTargetOf } from './command-name.ts'

const INSTALLED = '/home/user/app/node_modules/content-store-sse/dist/conformance/command-name.js'

test.each([
  [INSTALLED, 'npx sse-conformance', undefined],
  [
    String.raw`C:\app\node_modules\content-store-sse\dist\command-name.js`,
    'npx sse-conformance',
    undefined,
  ],
  [
    '/home/user/content-store-sse/conformance/command-name.ts',
    'npm run conformance --',
    'conformance/targets/sse-proxy.yaml',
  ],
])('the suite at %s is started by %s, with default target %s', (path, command, target) => {
  expect([commandOf(path), defaultTargetOf(path)]).toEqual([command, target])
})
