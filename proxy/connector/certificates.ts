import { statSync } from 'node:fs'

import type { Logger } from 'pino'

import type { BoundaryGuard } from '../boundary-guard.ts'
import { certificatesOf, certificateWarning } from '../config/certificate-age.ts'
import type { Connector } from '../config/connector.ts'
import { TlsMistake } from '../tls/tls-mistake.ts'
import { readTlsServer, type TlsServer, type TlsServerSettings } from '../tls/tls-server.ts'

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
  readonly #paths: readonly string[]
  #state: string
  readonly #check: NodeJS.Timeout | undefined

  constructor(options: CertificatesOptions) {
    const { applicationConnectors, adminConnectors, checkMs, guard } = options
    this.#options = options
    this.#application = applicationConnectors
    this.#admin = adminConnectors
    this.#paths = this.connectors.flatMap(({ tlsSettings }) => pathsOf(tlsSettings))
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
    const { logger, onReplaced } = this.#options
    try {
      this.#state = stateOf(this.#paths)
      const application = this.#application.map(reread)
      const admin = this.#admin.map(reread)
      onReplaced(
        application.map(({ tls }) => tls),
        admin.map(({ tls }) => tls),
      )
      this.#application = application
      this.#admin = admin
    } catch (error) {
      if (!(error instanceof TlsMistake)) throw error
      logger.error(`certificates are not replaced: ${error.key}: ${error.message}`)
      return false
    }
    const certificates = certificatesOf(this.connectors, Date.now())
    logger.info({ certificates }, 'certificates replaced')
    for (const certificate of certificates) {
      const warning = certificateWarning(certificate)
      if (warning !== undefined) logger.warn(warning)
    }
    return true
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

function pathsOf(settings: TlsServerSettings | undefined): readonly string[] {
  const { keyStorePath, keyPath, trustStorePath, crlPath } = settings ?? {}
  return [keyStorePath, keyPath, trustStorePath, crlPath].filter((path) => path !== undefined)
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
