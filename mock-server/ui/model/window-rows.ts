/** Rows of a long list that are drawn: those in sight, and a few around them. */
export interface RowWindow {
  readonly first: number
  /** Exclusive. */
  readonly end: number
}

const AROUND = 8

export function windowRows(
  total: number,
  rowPx: number,
  { scrollTop, heightPx }: { readonly scrollTop: number; readonly heightPx: number },
): RowWindow {
  const first = Math.min(Math.floor(scrollTop / rowPx) - AROUND, total)
  const end = Math.ceil((scrollTop + heightPx) / rowPx) + AROUND
  return { first: Math.max(0, first), end: Math.min(total, Math.max(0, end)) }
}

/** Where to scroll so that a row is in sight; undefined when it is. */
export function scrollToRow(
  row: number,
  rowPx: number,
  { scrollTop, heightPx }: { readonly scrollTop: number; readonly heightPx: number },
): number | undefined {
  if (row * rowPx < scrollTop) return row * rowPx
  if ((row + 1) * rowPx > scrollTop + heightPx) return (row + 1) * rowPx - heightPx
  return undefined
}
