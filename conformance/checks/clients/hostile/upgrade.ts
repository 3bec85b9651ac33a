import type { Rig } from '../../../rig/rig.ts'
import { forBoth } from '../../stream-check.ts'
import { answerForwarded, besideHealthy, isDealtWith, sends } from './beside-healthy.ts'
import { get } from './get.ts'

const WEB_SOCKET = get(
  '{path}',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
)
const H2C = get(
  '{path}',
  'Connection: Upgrade, HTTP2-Settings',
  'Upgrade: h2c',
  'HTTP2-Settings: AAMAAABkAAQAAP__',
)
/** Length, type, flags and stream identifier. */
const FRAME_HEAD_BYTES = 9
const SETTINGS = 4
const SWITCHED = 101

/** Requests that ask for another protocol, or for a tunnel. */
export const UPGRADE_CHECK = forBoth({
  id: 'hostile.upgrade',
  title: 'No request switches to a protocol that the target does not speak',
  level: 'must',
  basis: 'standard',
  source: '[http §7.8] [http §9.3.6]',
  meaning: 'Clients can open tunnels, or wait for a protocol that the target does not speak.',
  kills: [
    'upgrades-to-anything',
    'ring-upgrades-to-anything',
    'upgrades-to-h2c-only',
    'ring-upgrades-to-h2c-only',
    'opens-tunnels',
    'ring-opens-tunnels',
  ],
  run: (t) =>
    besideHealthy(t, 'requests to switch protocols', async () => {
      const status = await isDealtWith(t, sends(t, WEB_SOCKET), 'GET with Upgrade: websocket')
      t.expect(status !== SWITCHED, 'GET with Upgrade: websocket was answered with 101')
      // The checks of HTTP/2 judge a target that claims it without TLS.
      if (!t.claimsTo('h2c')) await speaksWhatItSwitchesTo(t)
      // A gateway may leave the decision to its back end.
      if (t.role === 'concentrator') await refusesTunnel(t)
    }),
})

/** A target may switch to HTTP/2 without claiming it, but then it must speak it. */
async function speaksWhatItSwitchesTo(t: Rig): Promise<void> {
  const client = sends(t, H2C)
  await t.requireEventually(() => {
    answerForwarded(t)
    return client.head !== undefined || client.closed
  }, 'GET with Upgrade: h2c was neither answered nor refused')
  if (client.head?.status === SWITCHED) {
    await t.eventually(() => client.closed || client.surplusStart.length >= FRAME_HEAD_BYTES)
    t.expect(
      // [http/2 §3.4] The server begins with SETTINGS.
      client.surplusStart.length >= FRAME_HEAD_BYTES && client.surplusStart[3] === SETTINGS,
      'GET with Upgrade: h2c was answered with 101, and then not with HTTP/2',
    )
    client.close()
  } else await isDealtWith(t, client, 'GET with Upgrade: h2c')
}

/** Asks for a tunnel to an open port: a target that opens tunnels answers 200. */
async function refusesTunnel(t: Rig): Promise<void> {
  const { host } = new URL(t.backend.originUrl)
  const client = sends(t, `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await t.requireEventually(
    () => client.head !== undefined || client.closed,
    'CONNECT was neither answered nor refused',
  )
  const status = client.head?.status
  t.expect(status === undefined || status >= 300, `CONNECT ${host} was answered with ${status}`)
  client.close()
}
