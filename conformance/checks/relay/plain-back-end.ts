import type { OriginResponse } from '../../origin/origin-exchange.ts'
import type { HeaderField } from '../../wire/http/header-fields.ts'

export const EVENT_STREAM: HeaderField = { name: 'Content-Type', value: 'text/event-stream' }

/** The response of a back end that sends no header for proxies: no Cache-Control, and no Date. */
export const PLAIN: OriginResponse = { fields: [EVENT_STREAM], dated: false }

/** What every browser offers. */
export const COMPRESSION: HeaderField = { name: 'Accept-Encoding', value: 'gzip, deflate, br' }
