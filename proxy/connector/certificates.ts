import { statSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'

import type { Logger } from 'pino'

import type { BoundaryGuard } from '../boundary-guard.ts'
import { certificatesOf, certificateWarning } from '../config/certificate-age.ts'
import type { Connector } from '../config/connector.ts'
import { TlsMistake } from '../tls/tls-mistake.ts'
import { readTlsServer, type TlsServer } from '../tls/tls-server.ts'

export interface CertificatesOptions {
  readonly applicationConnectors: readonly Connector[]
  readonly adminConnectors: readonly Connector[]
  /** How often the files are looked at; 0 = never. */
  readonly checkMs: number
  /** New connections get these certificates, in the order of the connectors. */
  readonly onReplaced: (
    application: readonly (TlsServer | undefined)[],
    admin: readonly (TlsServer | undefined)[],
  ) => void
  readonly guard: BoundaryGuard
  readonly logger: Logger
}

/** The certificates of all connectors, which are replaced while the proxy runs. */
export class Certificates {
  readonly #options: CertificatesOptions
  #application: readonly Connector[]
  #admin: readonly Connector[]
  #paths: readonly string[]
  #state: string
  readonly #check: NodeJS.Timeout | undefined

  constructor(options: CertificatesOptions) {
    const { applicationConnectors, adminConnectors, checkMs, guard } = options
    this.#options = options
    this.#application = applicationConnectors
    this.#admin = adminConnectors
    this.#paths = pathsOf(this.connectors)
    this.#state = stateOf(this.#paths)
    if (checkMs === 0 || this.#paths.length === 0) return
    this.#check = setInterval(() => guard.run('timer', () => this.#look()), checkMs)
  }

  /** The connectors, with their current certificates. */
  get connectors(): readonly Connector[] {
    return [...this.#application, ...this.#admin]
  }

  /**
   * Reads all key stores again. If one cannot be used, all certificates stay, and the log has the
   * reason. Returns whether they were replaced.
   */
  replace(): boolean {
    const { logger } = this.#options
    try {
      this.#state = stateOf(this.#paths)
      this.#use(this.#application.map(reread), this.#admin.map(reread))
      return true
    } catch (error) {
      if (!(error instanceof TlsMistake)) throw error
      logger.error(`certificates are not replaced: ${error.key}: ${error.message}`)
      return false
    }
  }

  /** These connectors, which are at the same places, have other certificates or settings of TLS. */
  reload(application: readonly Connector[], admin: readonly Connector[]): void {
    const next = [...application, ...admin]
    const isSame = this.connectors.every(({ tls }, index) =>
      isDeepStrictEqual(tls, next[index]?.tls),
    )
    if (isSame) return
    this.#paths = pathsOf(next)
    this.#state = stateOf(this.#paths)
    this.#use(application, admin)
  }

  #use(application: readonly Connector[], admin: readonly Connector[]): void {
    const { logger, onReplaced } = this.#options
    onReplaced(
      application.map(({ tls }) => tls),
      admin.map(({ tls }) => tls),
    )
    this.#application = application
    this.#admin = admin
    const certificates = certificatesOf(this.connectors, Date.now())
    logger.info({ certificates }, 'certificates replaced')
    for (const certificate of certificates) {
      const warning = certificateWarning(certificate)
      if (warning !== undefined) logger.warn(warning)
    }
  }

  close(): void {
    clearInterval(this.#check)
  }

  #look(): void {
    if (stateOf(this.#paths) !== this.#state) this.replace()
  }
}

function reread(connector: Connector): Connector {
  const { tlsSettings } = connector
  if (tlsSettings === undefined) return connector
  return { ...connector, tls: readTlsServer(tlsSettings).server }
}

function pathsOf(connectors: readonly Connector[]): readonly string[] {
  return connectors.flatMap(({ tlsSettings }) => {
    const { keyStorePath, keyPath, trustStorePath, crlPath } = tlsSettings ?? {}
    return [keyStorePath, keyPath, trustStorePath, crlPath].filter((path) => path !== undefined)
  })
}

/** Differs when a file has changed, has been replaced, or has gone. */
function stateOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false })
      return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`
    })
    .join('\n')
}
