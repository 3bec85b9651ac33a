/** Response field in which proxies name themselves, so that a loop of proxies is found [protocol §4.9]. */
export const CHAIN_FIELD = 'sse-proxy-chain'

/** Names of proxies, nearest first. */
export interface ProxyChain {
  readonly names: readonly string[]
  /** Names in the field that were not taken over. */
  readonly dropped: number
}

/** Every client gets the names in its response head, for which web servers in between have 4 KiB. */
const MOST_NAMES = 32
const NAME = /^[0-9A-Za-z._-]{1,32}$/

/** Reads the field of a back end's answer: a list of names; what cannot be one is dropped. */
export function readChain(field: string | readonly string[] | undefined): ProxyChain {
  const text = typeof field === 'string' ? field : (field ?? []).join(',')
  const came = text.split(',').map((name) => name.trim())
  const given = came.filter((name) => name !== '')
  const names = [...new Set(given.filter((name) => NAME.test(name)))].slice(0, MOST_NAMES)
  return { names, dropped: new Set(given).size - names.length }
}

/** The chain that clients are sent: this proxy, then those before it. */
export function joinChains(
  ownName: string,
  chains: readonly (readonly string[])[],
): readonly string[] {
  return [...new Set([ownName, ...chains.flat()])].slice(0, MOST_NAMES)
}
