import { type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'

import type { BackEndTarget } from '../config/config.ts'
import { forwardProxyFor } from '../config/forward-proxies.ts'
import { eachAddress } from './each-address.ts'
import { hostOf, lookupWithin, type Redirect } from './redirect.ts'
import { tlsOptions } from './tls-options.ts'
import { portOf, proxyLogin, TunnelAgent } from './tunnel-agent.ts'

interface OpenRequestOptions extends Redirect {
  readonly target: BackEndTarget
  /** Whether the URL has the configured origin. */
  readonly isTrusted: boolean
  readonly fields: Readonly<Record<string, string>>
  readonly connectMs: number
  /** Ends the request and all that it has opened. */
  readonly signal: AbortSignal
}

const MAX_HEAD_BYTES = 16_384

/** Creates a request to a back end, through a forward proxy if there is one for the URL. */
export function openRequest(options: OpenRequestOptions): ClientRequest {
  const { url, target, isTrusted, fields, connectMs, signal, widestScope } = options
  const proxy = forwardProxyFor(url, target.forwardProxies)
  const common: RequestOptions = {
    agent: false,
    headers: fields,
    maxHeaderSize: MAX_HEAD_BYTES,
    signal,
    ...eachAddress(connectMs),
    ...(widestScope === undefined ? {} : { lookup: lookupWithin(widestScope) }),
  }
  if (url.protocol === 'http:') {
    return proxy === undefined
      ? httpRequest(url, common)
      : httpRequest({ ...common, ...throughProxy(proxy, url, fields) })
  }
  const host = hostOf(url)
  const tunnel = { url, connectMs, maxHeadBytes: MAX_HEAD_BYTES, signal }
  return httpsRequest(url, {
    ...common,
    // [RFC 6066 §3] The certificate is that of the URL's host, whatever a Host field says.
    servername: isIP(host) === 0 ? host.replace(/\.$/, '') : '',
    ...tlsOptions(target.tls, isTrusted),
    ...(proxy === undefined ? {} : { agent: new TunnelAgent({ proxy, ...tunnel }) }),
  })
}

/** [http §3.2.2] A forward proxy gets the whole URL. */
function throughProxy(
  proxy: URL,
  url: URL,
  fields: Readonly<Record<string, string>>,
): RequestOptions {
  const hasHost = Object.keys(fields).some((name) => name.toLowerCase() === 'host')
  return {
    host: hostOf(proxy),
    port: portOf(proxy),
    path: `${url.origin}${url.pathname}${url.search}`,
    headers: { ...(hasHost ? {} : { Host: url.host }), ...fields, ...proxyLogin(proxy) },
  }
}
