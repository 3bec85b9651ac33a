/** A header of the PROXY protocol, version 2, also one that is not valid. */
export function version2(header: {
  /** Default: 2. */
  readonly version?: number
  /** 1 = PROXY, the default, 0 = LOCAL. */
  readonly command?: number
  readonly family: number
  readonly body: Iterable<number>
}): Buffer {
  const { version = 2, command = 1, family } = header
  const body = Buffer.from([...header.body])
  const fixed = Buffer.from('\r\n\r\n\0\r\nQUIT\n\0\0\0\0', 'latin1')
  fixed.writeUInt8(version * 16 + command, 12)
  fixed.writeUInt8(family, 13)
  fixed.writeUInt16BE(body.length, 14)
  return Buffer.concat([fixed, body])
}
