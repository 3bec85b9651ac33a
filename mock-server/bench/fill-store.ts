import { send } from './http-client.ts'
import type { StoreProcess } from './store-process.ts'

const SECTION = 22
const PARALLEL = 20

/** Creates items. Returns their ids. */
export async function fillStore({ url }: StoreProcess, items: number): Promise<readonly number[]> {
  const ids: number[] = []
  const body = JSON.stringify({ section: SECTION, title: 'An item', state: 'published' })
  const make = async (): Promise<void> => {
    for (let n = 0; n < items / PARALLEL; n += 1) {
      const { item } = JSON.parse(await send('POST', `${url}/__mock/items`, { body }))
      ids.push(item.id)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, make))
  return ids
}
