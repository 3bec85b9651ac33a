/**
 * Response field in which proxies name themselves, so that a loop of proxies is found [protocol
 * §4.9].
 */
export const CHAIN_FIELD = 'sse-proxy-chain'

/** Names of proxies, nearest first. */
export interface ProxyChain {
  readonly names: readonly string[]
  /** Number of names that were dropped. */
  readonly dropped: number
}

/**
 * Every client gets the names in its response head. Web servers in between accept heads of 4 KiB.
 */
const MAX_NAMES = 32
const NAME = /^[0-9A-Za-z._-]{1,32}$/

/** Reads the list of names in a back end's response. Invalid names are dropped. */
export function readChain(field: string | readonly string[] | undefined): ProxyChain {
  const text = typeof field === 'string' ? field : (field ?? []).join(',')
  const came = text.split(',').map((name) => name.trim())
  const given = came.filter((name) => name !== '')
  const names = [...new Set(given.filter((name) => NAME.test(name)))].slice(0, MAX_NAMES)
  return { names, dropped: new Set(given).size - names.length }
}

/** The chain for clients: this proxy, then those between it and the back ends. */
export function joinChains(
  ownName: string,
  chains: readonly (readonly string[])[],
): readonly string[] {
  return [...new Set([ownName, ...chains.flat()])].slice(0, MAX_NAMES)
}
