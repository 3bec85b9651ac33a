import type { Socket } from 'node:net'
import {
  CAPABILITIES,
  type Role,
  type RunningTarget,
  type TargetDriver,
  type TargetPart,
  type TargetRow,
} from '../../runner/target.ts'
import { TIGHT_CLAIMS } from './concentrator/limits.ts'
import { listen } from './http/listener.ts'

const STREAM_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n'
const CANNED = 'id: 1\ndata: one\n\nid: 2\ndata: two\n\nid: 3\ndata: three\n\n'

/** Targets that are not proxies, and one that does not listen. No check may pass on any of them. */
export const DEAD_TARGETS: readonly TargetDriver[] = (['gateway', 'concentrator'] as const).flatMap(
  (role) => [
    {
      ...dead(role, 'closed-port', () => {}),
      start: startClosedPort,
      // It refuses every file, and prints every name that a check may look for.
      startWithFile: ({ text }) =>
        Promise.resolve({ kind: 'refused', exitCode: 2, output: `line 1: ${text}` }),
    },
    dead(role, 'black-hole', (client) => client.resume()),
    dead(role, 'instant-close', (client) => client.destroy()),
    dead(role, 'garbage-echo', (client) => client.pipe(client)),
    onRequest(role, 'no-body', `${STREAM_HEAD}Transfer-Encoding: chunked\r\n\r\n`),
    onRequest(role, 'empty-body', `${STREAM_HEAD}Content-Length: 0\r\n\r\n`),
    onRequest(
      role,
      'constant-answer',
      `${STREAM_HEAD}Content-Length: ${CANNED.length}\r\n\r\n${CANNED}`,
    ),
    onRequest(role, 'constant-404', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
  ],
)

function dead(role: Role, name: string, onClient: (client: Socket) => void): TargetDriver {
  const start = async (): Promise<RunningTarget> => {
    const listener = await listen(0, onClient)
    return {
      frontUrl: listener.url,
      adminUrl: listener.url,
      killWorker: async () => {},
      row: rowAt(listener.url),
      close: () => listener.close(),
    }
  }
  return {
    name: `dead/${name}`,
    role,
    // It claims everything, so that no check is skipped.
    claims: {
      capabilities: CAPABILITIES,
      reconnectWithinMs: 1000,
      heartbeatMs: 1000,
      variants: { tight: TIGHT_CLAIMS, workers: {} },
    },
    start,
    startWithFile: async () => ({ kind: 'running', target: await start() }),
  }
}

function onRequest(role: Role, name: string, answer: string): TargetDriver {
  return dead(role, name, (client) => {
    let text = ''
    client.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1')
      for (let at = text.indexOf('\r\n\r\n'); at >= 0; at = text.indexOf('\r\n\r\n')) {
        text = text.slice(at + 4)
        client.write(answer)
      }
    })
  })
}

/** Both fronts are the same one, and nothing happens to it. */
function rowAt(url: string): TargetRow {
  const part: TargetPart = { kill: async () => {}, start: async () => {} }
  return {
    fronts: [
      { url, part },
      { url, part },
    ],
    engine: part,
  }
}

/** A port that was free a moment ago. */
async function startClosedPort(): Promise<RunningTarget> {
  const listener = await listen(0, () => {})
  await listener.close()
  return {
    frontUrl: listener.url,
    adminUrl: listener.url,
    killWorker: async () => {},
    row: rowAt(listener.url),
    close: async () => {},
  }
}
