/**
 * [hpack appendix B] Length of the code of each byte, `a` for 5 bits to `z` for 30. The codes follow
 * from the lengths: the code is canonical.
 */
const LENGTHS = [
  'isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhf',
  'ibccccccccccccccccccccccdcdioijbkabababbbaccbbbabcbaabccccckgjix',
  'prpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrs',
  'vvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwv',
].join('')

const SHORTEST_BITS = 5
const LONGEST_BITS = 30

/** The byte of each code. The key is the code with a leading 1, so that lengths differ. */
const BYTE_OF = readCodes()

function readCodes(): ReadonlyMap<number, number> {
  const lengthOf = (byte: number): number => LENGTHS.charCodeAt(byte) - 97 + SHORTEST_BITS
  const bytes = Array.from({ length: 256 }, (_, byte) => byte).toSorted(
    (a, b) => lengthOf(a) - lengthOf(b) || a - b,
  )
  const codes = new Map<number, number>()
  let code = 0
  let bits = SHORTEST_BITS
  for (const byte of bytes) {
    code *= 2 ** (lengthOf(byte) - bits)
    bits = lengthOf(byte)
    codes.set(2 ** bits + code, byte)
    code += 1
  }
  return codes
}

/** [hpack §5.2] Decodes a string. Undefined: its code or its padding is invalid. */
export function decodeHuffman(coded: Buffer): Buffer | undefined {
  const bytes: number[] = []
  let code = 1
  for (const octet of coded) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      code = code * 2 + ((octet >> bit) & 1)
      const byte = BYTE_OF.get(code)
      if (byte !== undefined) {
        bytes.push(byte)
        code = 1
      } else if (code >= 2 ** (LONGEST_BITS + 1)) return undefined
    }
  }
  // The padding is a beginning of the code of only ones, shorter than a byte.
  const isPadding = code < 2 ** 8 && Math.log2(code + 1) % 1 === 0
  return isPadding ? Buffer.from(bytes) : undefined
}
