import { BlockList, isIP } from 'node:net'

import { readNetwork } from '../front/trusted-proxies.ts'

/** The forward proxies of the environment, by the scheme of the URLs that go through them. */
export interface ForwardProxies {
  readonly http: URL | undefined
  readonly https: URL | undefined
  /** Hosts, domains and networks that are connected directly. */
  readonly exceptions: readonly string[]
}

/** A variable whose value cannot be used. */
interface VariableFault {
  /** Its name. */
  readonly origin: string
  /** Without the value, which may have a login. */
  readonly message: string
}

type Environment = Readonly<Record<string, string | undefined>>

const EXPECTED =
  'expected the URL of a forward proxy, such as http://proxy.example:3128; NO_PROXY=* connects ' +
  'to all back ends directly'

/**
 * Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or the same in lower case, which count first.
 * `proxies` is undefined if there is none.
 */
export function readForwardProxies(environment: Environment): {
  readonly proxies: ForwardProxies | undefined
  readonly faults: readonly VariableFault[]
} {
  const exceptions = valueOf('NO_PROXY', environment)
    .value.split(/[\s,]/)
    .filter((name) => name !== '')
  if (exceptions.includes('*')) return { proxies: undefined, faults: [] }
  const faults: VariableFault[] = []
  const read = (name: string): URL | undefined => {
    const { origin, value } = valueOf(name, environment)
    if (value === '') return undefined
    const url = readUrl(value)
    if (url === undefined) faults.push({ origin, message: EXPECTED })
    return url
  }
  const [http, https] = [read('HTTP_PROXY'), read('HTTPS_PROXY')]
  const hasNone = http === undefined && https === undefined
  return { proxies: hasNone ? undefined : { http, https, exceptions }, faults }
}

/**
 * The forward proxy for a URL; undefined = it is connected directly. A forward proxy cannot reach
 * the loopback addresses of this host, so that they are never asked through one.
 */
export function forwardProxyFor(url: URL, proxies: ForwardProxies | undefined): URL | undefined {
  const proxy = url.protocol === 'https:' ? proxies?.https : proxies?.http
  if (proxies === undefined || proxy === undefined) return undefined
  const exceptions = [...LOOPBACK, ...proxies.exceptions]
  return exceptions.some((exception) => isExcepted(url, exception)) ? undefined : proxy
}

const LOOPBACK = ['localhost', '127.0.0.0/8', '::1']

/** `store.example`, `.example`, `*.example`, `store.example:8080`, `10.0.0.0/8`. */
function isExcepted({ hostname, port, protocol }: URL, exception: string): boolean {
  const host = withoutBrackets(hostname)
  const network = readNetwork(exception)
  if (network !== undefined) {
    const list = new BlockList()
    list.addSubnet(network.address, network.prefix, familyOf(network.address))
    return isIP(host) !== 0 && list.check(host, familyOf(host))
  }
  const [, name = '', ownPort] = /^(.+?)(?::([0-9]+))?$/.exec(exception.toLowerCase()) ?? []
  const defaultPort = protocol === 'https:' ? '443' : '80'
  if (ownPort !== undefined && ownPort !== (port === '' ? defaultPort : port)) return false
  const domain = withoutBrackets(name.replace(/^\*?\./, ''))
  return host === domain || host.endsWith(`.${domain}`)
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6'
}

function readUrl(value: string): URL | undefined {
  const text = value.includes('://') ? value : `http://${value}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.protocol === 'http:' && url.pathname === '/' && url.search === ''
  return isPlain ? url : undefined
}

/** The name of the variable that counts, and its value. */
function valueOf(name: string, environment: Environment) {
  const lower = name.toLowerCase()
  const origin = environment[lower] === undefined ? name : lower
  return { origin, value: (environment[origin] ?? '').trim() }
}
