/** A setting of TLS that cannot be used. The message is a sentence for an operator, without secrets. */
export class TlsMistake extends Error {
  /** The key of the configuration that has to change. */
  readonly key: string

  constructor(key: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TlsMistake'
    this.key = key
  }
}
