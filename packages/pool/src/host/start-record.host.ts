import { writeSync } from 'node:fs'
import { startSlotBytes, startSlots } from '../wire/start-slots.ts'

/** Where a host notes which programs it has started. What is written there survives the process, and wakes nobody. */
export class StartRecord {
  readonly #descriptor: number
  readonly #bytes = Buffer.alloc(startSlotBytes)
  #count = 0

  /** @param descriptor a file of the gateway's, inherited. */
  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Before the first instruction of the program. Throws when it cannot be written; the program must not start then. */
  note(invocationId: number): void {
    this.#bytes.writeUInt32LE(invocationId)
    writeSync(this.#descriptor, this.#bytes, 0, startSlotBytes, (this.#count % startSlots) * startSlotBytes)
    this.#count += 1
  }
}
