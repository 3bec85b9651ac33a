import { z } from 'zod'

import { CONNECTOR_TYPES } from './connector.ts'
import { connectorSettings } from './connector-settings.ts'
import { DROPWIZARD_KEYS, ignoring } from './dropwizard-keys.ts'
import { bindHost, wholeNumber } from './scalars.ts'

// [protocol §8.2] Other hosts reach a port only when the file says so.
const DEFAULT_HOST = '127.0.0.1'

const connector = z.strictObject({
  ...ignoring(DROPWIZARD_KEYS.connector),
  type: z
    .enum(CONNECTOR_TYPES, 'http (put a TLS terminator in front for https)')
    .default('http')
    .describe('The proxy does not serve https: put a TLS terminator in front.'),
  port: wholeNumber(0, 65_535).describe('Port. 0 = any free one.'),
  bindHost: bindHost()
    .default(DEFAULT_HOST)
    .describe('Address to listen on. 0.0.0.0 or "::" = all addresses.'),
  ...connectorSettings,
})

/** A connector in the file. */
export type FileConnector = z.output<typeof connector>

/** A list of connectors; default: one of type http with this port. */
export const connectors = (port: number) =>
  z
    .array(connector, 'a list of connectors')
    .min(1, 'at least one connector')
    .prefault([{ type: 'http', port: String(port), bindHost: DEFAULT_HOST }])
