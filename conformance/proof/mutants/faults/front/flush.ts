import type { FrontFaults } from '../../http/front-faults.ts'
import { fieldValue, withField, type RequestHead } from '../../http/head.ts'
import { gzip } from '../../stages/gzip.ts'
import { holdNewest, holdUntil, wholeBlocks } from '../../stages/hold.ts'
import { passOn, when, type StageFactory } from '../../stages/stage.ts'
import { flushEvery } from '../../stages/time.ts'
import type { Fault } from '../fault.ts'

const LF = 0x0a
const untilEnd = holdUntil(() => false)

/** Faults that hold events back. */
export const FLUSH_FAULTS: readonly Fault<FrontFaults>[] = [
  {
    name: 'head-waits-for-body',
    description: 'sends status and headers together with the first byte of the body',
    points: () => ({ holdsHead: () => true }),
  },
  buffering('buffer-4k', 'buffers 4 KiB before it sends', atLeast(4096)),
  buffering('buffer-8k', 'buffers 8 KiB before it sends', atLeast(8192)),
  buffering('buffer-16k', 'buffers 16 KiB before it sends', atLeast(16_384)),
  buffering('buffer-64k', 'buffers 64 KiB before it sends', atLeast(65_536)),
  buffering('buffer-until-close', 'buffers the whole stream', untilEnd),
  buffering('hold-back-one', 'sends each piece when the next one arrives', holdNewest),
  buffering('buffer-first-256', 'holds back the first 256 bytes of a stream', firstBytes(256)),
  buffering('block-tail-8k', 'sends large events in whole 8 KiB blocks', wholeBlocks(8192)),
  buffering(
    'linebuf-lf',
    'sends a line at its LF, and so never sends lines that end with CR',
    holdUntil(({ newest }) => newest.at(-1) === LF),
  ),
  buffering('flush-every-1s', 'sends once a second', flushEvery(1000)),
  buffering(
    'sse-by-accept-header',
    'streams only for requests that ask for text/event-stream',
    when(({ request }) => !accepts(request, 'accept', 'text/event-stream'), untilEnd),
  ),
  buffering(
    'buffer-for-length-http10',
    'buffers the whole body for HTTP/1.0 clients',
    when(({ request }) => request.version === '1.0', untilEnd),
  ),
  {
    name: 'gzip-window',
    description: 'compresses for clients that offer gzip, without flushing after each event',
    points: () => compressing(gzip('window')),
  },
  {
    name: 'global-write-lock',
    description: 'serves one client at a time',
    points: () => ({ body: pool(1) }),
  },
  {
    name: 'worker-pool-16',
    description: 'serves 16 clients at a time and queues the others',
    points: () => ({ body: pool(16) }),
  },
]

function buffering(name: string, description: string, body: StageFactory): Fault<FrontFaults> {
  return { name, description, points: () => ({ body }) }
}

/** Fault points of a front that compresses for clients with Accept-Encoding: gzip. */
export function compressing(encoder: StageFactory): FrontFaults {
  return {
    body: when(({ request }) => offersGzip(request), encoder),
    response: (head, request) =>
      offersGzip(request) ? withField(head, 'Content-Encoding', 'gzip') : head,
  }
}

function offersGzip(request: RequestHead): boolean {
  return accepts(request, 'accept-encoding', 'gzip')
}

function accepts(request: RequestHead, field: string, wanted: string): boolean {
  return (fieldValue(request, field) ?? '').toLowerCase().includes(wanted)
}

function atLeast(bytes: number): StageFactory {
  return holdUntil((held) => held.bytes >= bytes)
}

function firstBytes(bytes: number): StageFactory {
  return (context) => {
    let sent = 0
    return holdUntil((held) => {
      sent += held.newest.length
      return sent > bytes
    })(context)
  }
}

/** Each stream occupies one worker. Without a free worker it waits until another one ends. */
function pool(workers: number): StageFactory {
  let busy = 0
  return (context) => {
    if (busy >= workers) return untilEnd(context)
    busy += 1
    return {
      ...passOn(context),
      close: () => {
        busy -= 1
      },
    }
  }
}
