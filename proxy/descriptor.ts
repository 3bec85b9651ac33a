import { z } from 'zod'

const handle = z.looseObject({ fd: z.number().min(0) })
const listening = z.looseObject({ _handle: handle }).transform(({ _handle: { fd } }) => fd)

/**
 * The descriptor of a listening socket; undefined if it does not listen. Node has no public way to
 * it.
 */
export function descriptorOf(server: object | undefined): number | undefined {
  return listening.safeParse(server).data
}
