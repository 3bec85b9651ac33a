import type { SendHandle } from 'node:child_process'

import { z } from 'zod'

const open = z.looseObject({ fd: z.number().min(0) })
const listening = z.looseObject({ _handle: open }).transform(({ _handle: { fd } }) => fd)
const closing = z.looseObject({
  close: z.custom<() => void>((value) => typeof value === 'function'),
})
const sendable = z.custom<SendHandle>((value) => open.safeParse(value).success)
const held = z.looseObject({ _handle: sendable }).transform(({ _handle: handle }) => handle)

/**
 * The descriptor of a listening socket; undefined if it does not listen. Node has no public way to
 * it.
 */
export function descriptorOf(server: object | undefined): number | undefined {
  return listening.safeParse(server).data
}

/**
 * What a listening socket is to the system, which a process can be sent; undefined if it does not
 * listen. To send the server itself would make the other process accept connections.
 */
export function handleOf(server: object | undefined): SendHandle | undefined {
  return held.safeParse(server).data
}

/** The descriptor of a handle that this process was sent. */
export function descriptorOfHandle(handle: unknown): number | undefined {
  return open.safeParse(handle).data?.fd
}

/** Closes a socket or another handle that this process was sent. */
export function closeHandle(handle: unknown): void {
  const { data } = closing.safeParse(handle)
  if (data !== undefined) Reflect.apply(data.close, handle, [])
}
