/** The part of k6's console that scripts use; `@types/k6` leaves it to the DOM library. */
declare const console: { log(text: string): void }
