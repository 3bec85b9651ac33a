import type { Binary } from '../content/binaries.ts'
import type { ContentPiece } from '../content/content-piece.ts'
import type { ContentEffect } from '../content/effect.ts'
import type { KeptMarkup } from '../content/item/kept-markup.ts'
import { NOTHING_KEPT } from '../content/item/kept-markup.ts'
import type { ContentStore } from '../content/store.ts'
import type { LiveCenter, LiveEffect, LivePiece } from '../live-center/live-center.ts'
import type { Newsgate, NewsgateEffect } from '../newsgate/newsgate.ts'
import type { BlobFolder } from './blob-folder.ts'
import { blobName } from './blob-folder.ts'
import type { KeptPart } from './kept-part.ts'

type Blobs = Pick<BlobFolder, 'get' | 'put'>
type ContentValue = ContentEffect | ContentPiece

/**
 * An effect or a piece as it is written. The bytes of uploaded files go to the blobs. Most things
 * keep no markup, and then it is left out.
 */
export function encodeContent(value: ContentValue, blobs: Blobs): unknown {
  switch (value.kind) {
    case 'item':
      return { ...value, item: withoutNothing(value.item) }
    case 'person':
      return { ...value, person: withoutNothing(value.person) }
    case 'section':
      return { ...value, section: withoutNothing(value.section) }
    case 'binary': {
      const { bytes, ...binary } = value.binary
      const file = blobName(bytes)
      blobs.put(file, bytes)
      return { ...value, binary: { ...binary, file } }
    }
    default:
      return value
  }
}

export function decodeContent<T extends ContentValue>(value: T, blobs: Blobs): T {
  switch (value.kind) {
    case 'item':
      return { ...value, item: withKept(value.item) }
    case 'person':
      return { ...value, person: withKept(value.person) }
    case 'section':
      return { ...value, section: withKept(value.section) }
    case 'binary':
      return { ...value, binary: withBytes(value.binary, blobs) }
    case 'lock':
      return { ...value, lock: withDates(value.lock, 'createdAt', 'expiresAt') }
    default:
      return value
  }
}

// What the parts are given was written by a store: their files have a version and checksums.

export function contentPart(store: ContentStore, blobs: BlobFolder): KeptPart {
  return {
    cut: () => mapped(store.cut(), (piece) => encodeContent(piece, blobs)),
    restore(pieces: Iterable<ContentPiece>) {
      store.restore(mapped(pieces, (piece) => decodeContent(piece, blobs)))
    },
    replay(effect: ContentEffect) {
      store.replay(decodeContent(effect, blobs))
    },
  }
}

export function livePart(center: LiveCenter): KeptPart {
  return {
    cut: () => center.cut(),
    restore(pieces: Iterable<LivePiece>) {
      center.restore(mapped(pieces, (it) => (it.kind === 'entry' ? decodeEntry(it) : it)))
    },
    replay(effect: LiveEffect) {
      center.replay(decodeEntry(effect))
    },
  }
}

export function newsgatePart(newsgate: Newsgate): KeptPart {
  return {
    cut: () => newsgate.cut(),
    restore(effects: Iterable<NewsgateEffect>) {
      newsgate.restore(effects)
    },
    replay(effect: NewsgateEffect) {
      newsgate.replay(effect)
    },
  }
}

export function decodeEntry({ kind, entry }: LiveEffect): LiveEffect {
  return { kind, entry: withDates(entry, 'createdAt', 'modifiedAt') }
}

function withBytes(
  { file = '', ...binary }: Binary & { readonly file?: string },
  blobs: Blobs,
): Binary {
  return { ...binary, bytes: blobs.get(file) }
}

function withoutNothing(thing: { readonly kept: KeptMarkup }): object {
  return { ...thing, kept: thing.kept === NOTHING_KEPT ? undefined : thing.kept }
}

function withKept<T extends { readonly kept?: KeptMarkup }>(thing: T): T & { kept: KeptMarkup } {
  return { ...thing, kept: thing.kept ?? NOTHING_KEPT }
}

function withDates<T extends Readonly<Record<Name, Date>>, Name extends string>(
  thing: T,
  ...names: readonly Name[]
): T {
  return { ...thing, ...Object.fromEntries(names.map((name) => [name, new Date(thing[name])])) }
}

function* mapped<A, B>(values: Iterable<A>, change: (value: A) => B): Generator<B> {
  for (const value of values) yield change(value)
}
