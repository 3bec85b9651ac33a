import { spawnSync } from 'node:child_process'

import { expect, test } from 'vitest'

import { CATALOGUE } from '../../checks/catalogue.ts'
import { spawnedTarget } from '../../drivers/spawned-target.ts'
import { describeTarget } from '../../drivers/target-file.ts'
import { StreamLane } from '../../rig/stream-lane.ts'
import { runChecks } from '../../runner/run.ts'

const CONFIG = `
user root;
worker_processes 1;
pid {dir}/nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi;
  scgi_temp_path {dir}/scgi;
  server {
    listen 127.0.0.1:{frontPort};
    if ($http_accept !~ "text/event-stream") { return 406; }
    location / { proxy_pass {backendUrl}; }
  }
}
`

const hasNginx = spawnSync('nginx', ['-v']).status === 0

test.skipIf(!hasNginx)(
  'a front that demands an Accept field fails a gate, and the finding says what it must not demand (needs nginx)',
  async () => {
    const file = describeTarget({
      name: 'demands-accept',
      product: 'nginx that answers 406 without Accept',
      role: 'gateway',
      spawn: [
        {
          command: [
            'nginx',
            '-p',
            '{dir}',
            '-c',
            '{configFile}',
            '-e',
            '{dir}/error.log',
            '-g',
          ].concat('daemon off;'),
          config: CONFIG,
        },
      ],
    })
    const driver = spawnedTarget(file, file.spawn ?? [])
    const results = await runChecks({
      checks: CATALOGUE.filter(({ level }) => level === 'gate'),
      driver,
      selection: { only: [], skip: [], maxIdleSeconds: 0 },
      lanes: 1,
      gated: true,
      openLane: () => new StreamLane({ driver, calibration: { holdMs: 2000 } }),
      onResult: () => {},
    })
    const failed = results.find(({ verdict }) => verdict.kind === 'FAIL')
    expect(`${failed?.check.id}: ${failed?.verdict.reason}`).toMatch(
      /^base\.token: the target answered 406 Not Acceptable by itself \(the request has no Accept field/,
    )
  },
)
