import { buildPage } from '../page/build-page.ts'

/** Global setup: tests that need the page find it compiled, as `npm ci` leaves it. */
export async function setup(): Promise<void> {
  await buildPage()
}
