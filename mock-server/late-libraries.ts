import { createRequire } from 'node:module'

import type * as xmlDom from '@xmldom/xmldom'
import type * as yaml from 'yaml'

/**
 * Libraries that a store does not need before its first request: loading them would make its start
 * a quarter longer (bench: start). `require` loads each of them once, and without waiting.
 */
const require = createRequire(import.meta.url)

export function xmlDomLibrary(): typeof xmlDom {
  return require('@xmldom/xmldom')
}

export function yamlLibrary(): typeof yaml {
  return require('yaml')
}
