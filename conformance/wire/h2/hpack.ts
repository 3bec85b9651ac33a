import type { HeaderField } from '../http/header-fields.ts'
import { decodeHuffman } from './huffman.ts'
import { STATIC_TABLE } from './static-table.ts'

const TABLE_BYTES = 4096
/** [hpack §4.1] */
const ENTRY_OVERHEAD_BYTES = 32
const MAX_INTEGER = 2 ** 24

/** Name and value as they came, one byte per character. */
type Field = HeaderField

/** A header block that no reader may accept. */
class BadHeaderBlock extends Error {}

/** [hpack] Decodes the header blocks of one connection, in the order of their arrival. */
export class HeaderDecoder {
  #table: Field[] = []
  #tableBytes = 0
  #limitBytes = TABLE_BYTES

  /** Throws when no reader may accept the block. */
  decode(block: Buffer): readonly Field[] {
    const reader = new BlockReader(block)
    const fields: Field[] = []
    while (!reader.done) {
      const first = reader.peek()
      if ((first & 0x80) !== 0) fields.push(this.#at(reader.integer(7)))
      else if ((first & 0xe0) === 0x20) this.#resize(reader.integer(5))
      else {
        const isIndexed = (first & 0x40) !== 0
        const index = reader.integer(isIndexed ? 6 : 4)
        const name = index === 0 ? reader.text() : this.#at(index).name
        const field = { name, value: reader.text() }
        fields.push(field)
        if (isIndexed) this.#add(field)
      }
    }
    return fields
  }

  #at(index: number): Field {
    const known = STATIC_TABLE[index - 1]
    if (known !== undefined) return { name: known[0], value: known[1] }
    const field = this.#table[index - 1 - STATIC_TABLE.length]
    if (field === undefined) throw new BadHeaderBlock(`a field with the unknown index ${index}`)
    return field
  }

  #add(field: Field): void {
    this.#table.unshift(field)
    this.#tableBytes += sizeOf(field)
    this.#evict()
  }

  #resize(bytes: number): void {
    if (bytes > TABLE_BYTES)
      throw new BadHeaderBlock(`a table of ${bytes} bytes, although ${TABLE_BYTES} are allowed`)
    this.#limitBytes = bytes
    this.#evict()
  }

  #evict(): void {
    while (this.#tableBytes > this.#limitBytes) {
      const last = this.#table.pop()
      this.#tableBytes -= last === undefined ? this.#tableBytes : sizeOf(last)
    }
  }
}

function sizeOf({ name, value }: Field): number {
  return name.length + value.length + ENTRY_OVERHEAD_BYTES
}

class BlockReader {
  readonly #block: Buffer
  #at = 0

  constructor(block: Buffer) {
    this.#block = block
  }

  get done(): boolean {
    return this.#at >= this.#block.length
  }

  peek(): number {
    const byte = this.#block[this.#at]
    if (byte === undefined) throw new BadHeaderBlock('a header block that is cut off')
    return byte
  }

  /** [hpack §5.1] An integer whose first byte has so many bits for it. */
  integer(prefixBits: number): number {
    const most = 2 ** prefixBits - 1
    let value = this.#next() & most
    if (value < most) return value
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#next()
      value += (byte & 0x7f) * factor
      if (value > MAX_INTEGER) throw new BadHeaderBlock('an integer that is too large')
      if ((byte & 0x80) === 0) return value
    }
  }

  /** [hpack §5.2] */
  text(): string {
    const isCoded = (this.peek() & 0x80) !== 0
    const length = this.integer(7)
    const bytes = this.#block.subarray(this.#at, this.#at + length)
    if (bytes.length < length) throw new BadHeaderBlock('a string that is cut off')
    this.#at += length
    const text = isCoded ? decodeHuffman(bytes) : bytes
    if (text === undefined) throw new BadHeaderBlock('a string that is not Huffman code')
    return text.toString('latin1')
  }

  #next(): number {
    const byte = this.peek()
    this.#at += 1
    return byte
  }
}

/** [hpack §6.2.2] Each field as literals that no table keeps, byte for byte as given. */
export function encodeFields(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(({ name, value }) => [Buffer.from([0]), encodeText(name), encodeText(value)]),
  )
}

function encodeText(text: string): Buffer {
  return Buffer.concat([encodeLength(text.length), Buffer.from(text, 'latin1')])
}

function encodeLength(length: number): Buffer {
  if (length < 127) return Buffer.from([length])
  const bytes = [127]
  let rest = length - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}
