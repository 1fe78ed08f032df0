/** Successful batches after which a lowered limit is raised again. */
const patience = 8

/**
 * The size of a batch that the destination takes, learnt from its refusals (413) and never lowered for good: one oversized event must
 * not make every later batch small.
 */
export class SizeLimit {
  readonly configuredBytes: number
  #currentBytes: number
  #passed = 0

  constructor(configuredBytes: number) {
    this.configuredBytes = configuredBytes
    this.#currentBytes = configuredBytes
  }

  get bytes(): number {
    return this.#currentBytes
  }

  refuse(batchBytes: number): void {
    this.#currentBytes = Math.min(this.#currentBytes, Math.max(1, batchBytes >> 1))
    this.#passed = 0
  }

  /** A single event was the culprit: the limit was right. */
  exonerate(): void {
    this.#currentBytes = this.configuredBytes
  }

  pass(): void {
    if (this.#currentBytes === this.configuredBytes) return
    this.#passed += 1
    if (this.#passed < patience) return
    this.#passed = 0
    this.#currentBytes = Math.min(this.configuredBytes, this.#currentBytes * 2)
  }
}
