/** What happens to a row. Numbers select one of those that exist. */
export type RowStep =
  | { readonly kind: 'emit'; readonly backEnd: number; readonly count: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'crash' | 'leave' | 'freeze' | 'thaw'; readonly member: number }
  | {
      readonly kind: 'cut' | 'mend' | 'mute' | 'cut stores' | 'mend stores'
      readonly member: number
    }
  | { readonly kind: 'roam'; readonly client: number; readonly member: number }
  | { readonly kind: 'restart engine' | 'replicate' }
  | { readonly kind: 'evict entries' | 'evict urls' | 'evict all' }
  /** The replica takes over. One member may use the old engine until its link is mended. */
  | { readonly kind: 'fail over'; readonly behind: number }
