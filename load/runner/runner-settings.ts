import { isIP, isIPv4 } from 'node:net'

import { anyText, count, seconds, serverUrl, setting } from '../lib/settings/setting.ts'
import { firstAddressOf } from './local-addresses.ts'

/**
 * Flags that only the runner reads; those of `SCRIPT_SETTINGS` are passed on to scripts as well.
 */
export const RUNNER_SETTINGS = {
  /** undefined = as many as the limits require. */
  processes: setting<number | undefined>({
    name: 'processes',
    placeholder: '<N>',
    help: 'k6 processes',
    read: count(1, 64),
    fallback: undefined,
    defaultText: 'as many as the limit of open files requires',
  }),
  /** In k6's syntax; undefined = as many loopback addresses as needed. */
  localIps: setting<string | undefined>({
    name: 'local-ips',
    placeholder: '<LIST>',
    help: 'Source addresses',
    read: (text) => {
      if (text.split(',').every((part) => isIP(firstAddressOf(part)) !== 0)) return text
      throw new Error('addresses, ranges or networks of this machine, with commas between')
    },
    fallback: undefined,
    defaultText: 'on loopback, one for 10,000 streams',
  }),
  storeHost: setting<string>({
    name: 'store-host',
    placeholder: '<ADDRESS>',
    help: 'Where the store that is started listens, for a proxy on another machine',
    read: (text) => {
      if (isIPv4(text)) return text
      throw new Error('an IPv4 address of this machine')
    },
    fallback: '127.0.0.1',
    defaultText: '127.0.0.1',
  }),
  publicUrl: setting<string | undefined>({
    name: 'public-url',
    placeholder: '<URL>',
    help: 'URL of the store that is started, as your proxy and its clients reach it',
    read: serverUrl,
    fallback: undefined,
    defaultText: 'its address',
  }),
  allowHost: setting<string | undefined>({
    name: 'allow-host',
    placeholder: '<HOST,…>',
    help: 'Further host names for the control API of the store that is started',
    read: (text) => {
      if (/^[\w.-]+(?:,[\w.-]+)*$/.test(text)) return text
      throw new Error('names of hosts, with commas between')
    },
    fallback: undefined,
  }),
  /** undefined = nothing is edited. */
  editCommand: setting<string | undefined>({
    name: 'edit-command',
    placeholder: '<COMMAND>',
    help: 'Makes one edit in your store, for listen; see below',
    read: anyText,
    fallback: undefined,
    defaultText: 'nothing is edited',
  }),
  editEveryMs: setting<number>({
    name: 'edit-every',
    placeholder: '<SECONDS>',
    help: 'Time from one edit to the next',
    read: seconds(3600),
    fallback: 5_000,
    defaultText: '5',
  }),
  storePort: setting<number>({
    name: 'store-port',
    placeholder: '<PORT>',
    help: 'Port of the store that is started',
    read: count(0, 65_535),
    fallback: 0,
    defaultText: 'any free port',
  }),
  reportDir: setting<string>({
    name: 'report',
    placeholder: '<DIR>',
    help: 'Directory for reports',
    read: anyText,
    fallback: 'reports/load',
    defaultText: 'reports/load',
  }),
  compare: setting<string | undefined>({
    name: 'compare',
    placeholder: '<FILE>',
    help: 'JSON report of an earlier run: fails when this one is worse beyond their noise',
    read: anyText,
    fallback: undefined,
  }),
  k6: setting<string | undefined>({
    name: 'k6',
    placeholder: '<PATH>',
    help: 'A k6 2.2 or newer, with k6/x/ssefleet unless the scenario needs none [K6_BIN]',
    read: anyText,
    fallback: undefined,
    defaultText: 'built once in load/k6/.bin; for protocol and replay, else one in the PATH',
  }),
}
