import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'

import { startBridge } from './bridge.ts'
import { debianVersion } from './debian-version.ts'
import { type Contestant, freePorts, startServing } from './peer.ts'

/**
 * Pushpin: it passes each request on to a back end, whose answer says that the connection is to be held, and is posted to after
 * that. Replay is the back end's business: the one here keeps what it has posted.
 */
export const pushpin: Contestant = {
  name: 'Pushpin',
  source: 'is posted to',
  version: debianVersion('pushpin'),
  async start({ originUrl, scratchDir, signal }) {
    const [port = 0, holdPort = 0, publishPort = 0, ...rest] = await freePorts(6)
    for (const folder of ['run', 'log']) await mkdir(join(scratchDir, folder))
    await writeFile(join(scratchDir, 'routes'), `* 127.0.0.1:${holdPort}\n`)
    const file = join(scratchDir, 'pushpin.conf')
    await writeFile(file, configuration(scratchDir, port, publishPort, rest))
    const frames: string[] = []
    const back = createServer((request, response) => hold(request, response, frames))
    back.keepAliveTimeout = 0 // Nobody shall find a connection closed that he wants to use again.
    await once(back.listen(holdPort, '127.0.0.1', 4096), 'listening')
    const pushpinAll = await startServing({
      name: 'Pushpin',
      command: 'pushpin',
      args: ['--config', file],
      port: publishPort,
      install: 'apt-get install pushpin',
      signal,
      scratchDir,
    })
    const bridge = await startBridge(originUrl, (data) => {
      const content = `id: ${frames.length + 1}\ndata: ${data}\n\n`
      frames.push(content)
      const items = [{ channel: 'x', formats: { 'http-stream': { content } } }]
      const body = JSON.stringify({ items })
      return fetch(`http://127.0.0.1:${publishPort}/publish/`, { method: 'POST', body, signal })
    })
    return {
      urls: [`http://127.0.0.1:${port}/`],
      pids: [pushpinAll.pid],
      async [Symbol.asyncDispose]() {
        await bridge[Symbol.asyncDispose]()
        await pushpinAll[Symbol.asyncDispose]()
        back.closeAllConnections()
        back.close()
      },
    }
  },
}

/** The answer that lets Pushpin hold a connection, with what its client has missed. */
function hold(request: IncomingMessage, response: ServerResponse, frames: readonly string[]) {
  const lastId = request.headers['last-event-id']
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Grip-Hold': 'stream',
    'Grip-Channel': 'x',
  })
  response.end(lastId === undefined ? '' : frames.slice(Number(lastId)).join(''))
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
# Its defaults, 2500 messages a second, are a limit of rate and none of what it can do.
message_rate=-1
message_hwm=-1
`
}
