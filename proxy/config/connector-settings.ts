import { byteSize, duration } from './quantities.ts'
import { flag, wholeNumber } from './scalars.ts'

const DAY_MS = 86_400_000

/** The framework's keys of every connector that have an effect here. */
export const connectorSettings = {
  maxRequestHeaderSize: byteSize(1024, 1_048_576).optional().meta({
    description: 'Largest request head. Default: `proxy.maxHeadBytes`, admin 16 KiB.',
    example: '8KiB',
  }),
  idleTimeout: duration(100, DAY_MS)
    .optional()
    .meta({
      description:
        'Time without a byte after which a connection is closed: one that waits for its request, ' +
        'one whose client takes no bytes, and a stream that gets nothing, not even a heartbeat.',
      example: '30 seconds',
    }),
  acceptQueueSize: wholeNumber(1, 65_535).optional().meta({
    description:
      'Connections that may wait until the proxy accepts them. The kernel has a limit, too.',
    example: '4096',
  }),
  useForwardedHeaders: flag()
    .default(true)
    .describe(
      'Whether clients of `proxy.trustedProxies` are counted by the address in ' +
        '`proxy.forwardedField`. No effect on the admin port.',
    ),
  useProxyProtocol: flag()
    .default(false)
    .describe(
      'Whether a connection starts with a header of the PROXY protocol, version 1 or 2. Only ' +
        '`proxy.trustedProxies` may connect then.',
    ),
  useServerHeader: flag()
    .default(false)
    .describe('Whether responses have the header field Server.'),
  useDateHeader: flag().default(true).describe('Whether responses have the header field Date.'),
}
