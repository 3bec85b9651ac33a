import { expect, it } from 'vitest'

import { requireLocal } from './local-addresses.ts'

it('requireLocal accepts addresses, ranges and networks of this machine', async () => {
  await expect(requireLocal(['127.0.0.1', '127.0.0.1-127.0.0.9', '127.0.0.1/30'])).resolves.toBe(
    undefined,
  )
})

it.each(['192.0.2.1', '192.0.2.1-192.0.2.9', '192.0.2.0/24'])(
  'requireLocal refuses %s, which is not on this machine, and names the flag',
  async (address) => {
    const sentence = `--local-ips: expected addresses of this machine, got ${address}: `
    await expect(requireLocal(['127.0.0.1', address])).rejects.toMatchObject({
      code: 'cannot-start',
      message: expect.stringContaining(sentence),
    })
  },
)
