import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { debianVersion } from './debian-version.ts'
import { type Contestant, flags, freePorts, startServing } from './peer.ts'

/**
 * One thread for each of up to 22,000 clients. Requests may wait for a thread, and slow clients are
 * not disconnected.
 */
const PARAMETERS =
  '-s malloc,256m -p thread_pools=2 -p thread_pool_max=11000 -p thread_queue_limit=11000 -p idle_send_timeout=3600 -p send_timeout=3600'

/**
 * Varnish: one fetch of the stream, delivered to all clients while it arrives; one thread for each
 * client.
 */
export const varnish: Contestant = {
  name: 'Varnish',
  source: 'reads the stream',
  version: debianVersion('varnish'),
  async start({ originUrl, scratchDir, signal }) {
    const [port = 0] = await freePorts(1)
    const file = join(scratchDir, 'stream.vcl')
    await writeFile(file, configuration(new URL(originUrl)))
    const varnishd = await startServing({
      name: 'Varnish',
      command: 'varnishd',
      args: flags(`-F -j none -n ${scratchDir}/work -a 127.0.0.1:${port} -f ${file}`, PARAMETERS),
      port,
      install: 'apt-get install varnish',
      signal,
      scratchDir,
    })
    return {
      urls: [`http://127.0.0.1:${port}/`],
      pids: [varnishd.pid],
      [Symbol.asyncDispose]: () => varnishd[Symbol.asyncDispose](),
    }
  },
}

function configuration({ hostname, port }: URL): string {
  return `vcl 4.1;
backend origin {
  .host = "${hostname}"; .port = "${port}";
  .first_byte_timeout = 3600s; .between_bytes_timeout = 3600s;
}
sub vcl_recv { return (hash); }
sub vcl_backend_response {
  set beresp.ttl = 1h; set beresp.grace = 0s; set beresp.do_stream = true;
  return (deliver);
}`
}
