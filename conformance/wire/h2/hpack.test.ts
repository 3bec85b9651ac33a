import { expect, test } from 'vitest'

import { encodeFields, HeaderDecoder } from './hpack.ts'

const decode = (...blocks: readonly string[]) => {
  const decoder = new HeaderDecoder()
  return blocks.map((block) =>
    decoder.decode(Buffer.from(block, 'hex')).map(({ name, value }) => `${name}: ${value}`),
  )
}

test('HeaderDecoder reads the responses with Huffman code and evictions of RFC 7541, C.6', () => {
  const [first, second] = decode(
    '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
    '4883640effc1c0bf',
  )
  expect(first).toEqual([
    ':status: 302',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:21 GMT',
    'location: https://www.example.com',
  ])
  expect(second?.[0]).toBe(':status: 307')
  expect(second?.[3]).toBe('location: https://www.example.com')
})

test('HeaderDecoder reads what encodeFields writes, byte for byte', () => {
  const fields = [
    { name: ':path', value: '/' },
    { name: 'X-Upper', value: 'a\r\nb\xff' },
    { name: 'x-long', value: 'y'.repeat(20_000) },
  ]
  expect(new HeaderDecoder().decode(encodeFields(fields))).toEqual(fields)
})

test.each([
  ['ff', 'a header block that is cut off'],
  ['be', 'a field with the unknown index 62'],
  ['0001', 'a string that is cut off'],
  ['0083ffffff', 'a string that is not Huffman code'],
  ['3fffffffff7f', 'an integer that is too large'],
  ['3fe23f', 'a table of 8193 bytes'],
])('HeaderDecoder refuses the block %s: %s', (block, why) => {
  expect(() => decode(block)).toThrow(why)
})
