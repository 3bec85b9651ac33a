import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { startBridge } from './bridge.ts'
import { debianVersion } from './debian-version.ts'
import { type Contestant, freePorts, startServing } from './peer.ts'

/**
 * Pushpin: it forwards each request to a back end, whose response tells it to hold the connection.
 * Events are posted to it. Replay is the job of the back end: here the bridge keeps the events that
 * it posted.
 */
export const pushpin: Contestant = {
  name: 'Pushpin',
  source: 'events are posted',
  version: debianVersion('pushpin'),
  async start({ originUrl, scratchDir, signal }) {
    const [port = 0, bridgePort = 0, publishPort = 0, ...rest] = await freePorts(6)
    for (const folder of ['run', 'log']) await mkdir(join(scratchDir, folder))
    await writeFile(join(scratchDir, 'routes'), `* 127.0.0.1:${bridgePort}\n`)
    const file = join(scratchDir, 'pushpin.conf')
    await writeFile(file, configuration(scratchDir, port, publishPort, rest))
    const hub = await startServing({
      name: 'Pushpin',
      command: 'pushpin',
      args: ['--config', file],
      port: publishPort,
      install: 'apt-get install pushpin',
      signal,
      scratchDir,
    })
    const bridge = await startBridge({
      hub: 'pushpin',
      publishUrl: `http://127.0.0.1:${publishPort}/publish/`,
      port: bridgePort,
      flags: ['--replay'],
      originUrl,
      scratchDir,
      signal,
    })
    return {
      urls: [`http://127.0.0.1:${port}/`],
      pids: [hub.pid],
      async [Symbol.asyncDispose]() {
        await bridge[Symbol.asyncDispose]()
        await hub[Symbol.asyncDispose]()
      },
    }
  },
}

function configuration(
  dir: string,
  port: number,
  publishPort: number,
  [pull, sub, command]: readonly number[],
): string {
  return `[global]
include={libdir}/internal.conf
rundir=${dir}/run
ipc_prefix=p-
[runner]
services=condure,zurl,pushpin-proxy,pushpin-handler
http_port=127.0.0.1:${port}
logdir=${dir}/log
log_level=1
client_buffer_size=8192
client_maxconn=50000
condure_bin=condure
zurl_bin=zurl
[proxy]
routesfile=${dir}/routes
updates_check=off
zurl_out_specs=ipc://{rundir}/{ipc_prefix}zurl-in
zurl_out_stream_specs=ipc://{rundir}/{ipc_prefix}zurl-in-stream
zurl_in_specs=ipc://{rundir}/{ipc_prefix}zurl-out
[handler]
push_in_spec=tcp://127.0.0.1:${pull}
push_in_sub_specs=tcp://127.0.0.1:${sub}
push_in_http_addr=127.0.0.1
push_in_http_port=${publishPort}
command_spec=tcp://127.0.0.1:${command}
stats_spec=ipc://{rundir}/{ipc_prefix}stats
# The default, 2500 messages a second, limits the rate and does not show what Pushpin can do.
message_rate=-1
message_hwm=-1
`
}
