import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { type ScriptedBackEnd, startBackEnd } from '../testing/scripted-back-end.ts'
import { numberOf, Talker } from './lines.ts'

/** Something that brings one event to many clients. */
export interface Contestant extends AsyncDisposable {
  /** Where clients ask, evenly where there are several, and for which path. */
  readonly addresses: readonly string[]
  readonly path: string
  /** Makes one event, now. */
  readonly fire: () => Promise<void> | void
  /** Resident memory of its processes, without garbage; 0 = not worth comparing. */
  readonly residentBytes: () => Promise<number> | number
  /** Processor time of its processes so far. */
  readonly cpuMs: () => number
}

/** This proxy, with the far end that feeds it and what it says of itself. */
export interface OurProxy extends Contestant {
  readonly backEnd: ScriptedBackEnd
  readonly port: number
  readonly adminPort: number
}

export interface ContestantOptions {
  /** How many clients the write loop waits for. */
  readonly clients: number
  readonly processes: number
  /** Core to run on; undefined = any. */
  readonly cpu: number | undefined
  readonly fleet: string
}

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const PADDING = 'x'.repeat(64)

/** The event, with the moment at which it is made on the clock that all processes share. */
export function frameNow(): string {
  return `data: t${process.hrtime.bigint()} ${PADDING}\n\n`
}

/** This proxy, behind a back end of its own. */
export async function startOurs(options: ContestantOptions): Promise<OurProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const backEnd = await startBackEnd()
  const connectors = [{ type: 'http', port: 0 }]
  const file = join(folder, 'proxy.yaml')
  writeFileSync(
    file,
    JSON.stringify({
      server: { applicationConnectors: connectors, adminConnectors: connectors },
      backends: [{ uri: backEnd.uri }],
      proxy: { workers: options.processes },
      logging: { level: 'OFF' },
    }),
  )
  const proxy = new Talker(
    process.execPath,
    ['--import', 'tsx', MAIN, 'server', file, '--json'],
    options.cpu,
  )
  const listening = await proxy.hear('listening')
  const { host, port } = new URL(String(listening['url']))
  const adminUrl = new URL(String(listening['adminUrl']))
  await backEnd.requested(1)
  return {
    backEnd,
    port: Number(port),
    adminPort: Number(adminUrl.port),
    addresses: [host],
    path: '/',
    cpuMs: () => cpuMsOf(proxy.pid),
    fire: () => backEnd.send(frameNow()),
    residentBytes: async () => {
      await fetch(new URL('/tasks/gc?runs=2', adminUrl), { method: 'POST' })
      return residentBytesOf(proxy.pid)
    },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]()
      await backEnd[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

/** nginx with nchan: events are posted to it. */
export async function startNchan(options: ContestantOptions): Promise<Contestant> {
  const folder = mkdtempSync(join(tmpdir(), 'nchan-'))
  mkdirSync(join(folder, 'body'))
  const [subPort, pubPort] = [18_081, 18_082]
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    `load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
user root; daemon off; pid ${folder}/pid; error_log stderr error;
worker_processes ${options.processes}; worker_rlimit_nofile 20000;
events { worker_connections 19500; }
http {
  access_log off; client_body_temp_path ${folder}/body;
  server { listen 127.0.0.1:${pubPort};
    location = /pub { nchan_publisher http; nchan_channel_id x; nchan_message_buffer_length 100; } }
  server { listen 127.0.0.1:${subPort} backlog=4096 reuseport;
    location = /sub { nchan_subscriber eventsource; nchan_channel_id x; nchan_subscriber_first_message newest; } }
}`,
  )
  const nginx = new Talker('nginx', ['-c', file], options.cpu)
  const url = `http://127.0.0.1:${pubPort}/pub`
  await answering(url)
  return {
    addresses: [`127.0.0.1:${subPort}`],
    path: '/sub',
    fire: async () => {
      await fetch(url, { method: 'POST', body: frameNow().slice('data: '.length, -2) })
    },
    residentBytes: () => residentBytesOf(nginx.pid),
    cpuMs: () => cpuMsOf(nginx.pid),
    [Symbol.asyncDispose]: async () => {
      await nginx[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

async function answering(url: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await fetch(url)
      return
    } catch (error) {
      if (attempt === 100) throw error
      await new Promise((resolve) => {
        setTimeout(resolve, 50)
      })
    }
  }
}

/** A bare write loop in Go, one for each process: the least that a server can do. */
export async function startLoop(options: ContestantOptions): Promise<Contestant> {
  const share = String(options.clients / options.processes)
  const loops = Array.from({ length: options.processes }, () => {
    return new Talker(options.fleet, ['loop', share], options.cpu)
  })
  const listening = await Promise.all(loops.map((loop) => loop.hear('listening')))
  return {
    addresses: listening.map((report) => `127.0.0.1:${numberOf(report, 'port')}`),
    path: '/',
    fire: () => {
      for (const loop of loops) loop.say('fire')
    },
    residentBytes: () => 0,
    cpuMs: () => loops.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(loops.map((loop) => loop[Symbol.asyncDispose]()))
    },
  }
}

function residentBytesOf(pid: number): number {
  return sumOfFamily(pid, (one) => {
    const status = readFileSync(`/proc/${one}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? '0') * 1024
  })
}

const MS_PER_TICK = 10

function cpuMsOf(pid: number): number {
  return sumOfFamily(pid, (one) => {
    const fields = readFileSync(`/proc/${one}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK
  })
}

/** Of a process and its children. */
function sumOfFamily(pid: number, of: (pid: number) => number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number)
  return of(pid) + children.reduce((sum, child) => sum + sumOfFamily(child, of), 0)
}
