import type { WorkerLink } from './worker-link.ts'

interface Question<Answer> {
  readonly awaited: Set<WorkerLink>
  readonly answers: Map<WorkerLink, Answer>
  readonly resolve: (answers: ReadonlyMap<WorkerLink, Answer>) => void
  readonly reject: (error: unknown) => void
}

/** Waits for one answer of each worker; one question at a time. */
export class WorkerAnswers<Answer> {
  #question: Question<Answer> | undefined
  #error: unknown

  /** Settles when each of these workers has answered or was dropped. */
  async of(
    links: readonly WorkerLink[],
    ask: (link: WorkerLink) => void,
  ): Promise<ReadonlyMap<WorkerLink, Answer>> {
    if (this.#error !== undefined) throw this.#error
    return await new Promise((resolve, reject) => {
      this.#question = { awaited: new Set(links), answers: new Map(), resolve, reject }
      for (const link of links) ask(link)
      this.#check()
    })
  }

  add(link: WorkerLink, answer: Answer): void {
    if (this.#question?.awaited.delete(link) === true) this.#question.answers.set(link, answer)
    this.#check()
  }

  /** It has ended. */
  drop(link: WorkerLink): void {
    this.#question?.awaited.delete(link)
    this.#check()
  }

  /** This question and later ones are not answered any more. */
  fail(error: unknown): void {
    this.#error = error
    this.#question?.reject(error)
    this.#question = undefined
  }

  #check(): void {
    if (this.#question === undefined || this.#question.awaited.size > 0) return
    const { resolve, answers } = this.#question
    this.#question = undefined
    resolve(answers)
  }
}
