import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { monotonicMs } from '../util/clock.ts'

/** Text of one process that is passed on in a second, and the longest line, in characters; the rest is counted and dropped. */
const charsPerSecond = 256 * 1024
const maxLineChars = 8 * 1024

/**
 * Lines that a process prints. It is read as fast as it prints, because a full pipe would block it, and passed on within a budget, so
 * that a flood costs neither the supervisor nor the gateway their memory.
 */
export class OutputTap {
  readonly #emit: (lines: readonly string[], droppedChars: number) => void
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''
  #leftChars = charsPerSecond
  #droppedChars = 0
  #refilledAtMs: number = monotonicMs()

  constructor(source: Readable, emit: (lines: readonly string[], droppedChars: number) => void) {
    this.#emit = emit
    source.on('data', (chunk: Buffer) => this.#take(this.#decoder.write(chunk), false))
    source.on('end', () => this.#take(this.#decoder.end(), true))
  }

  #take(text: string, isLast: boolean): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = isLast ? '' : this.#cut(lines.pop() ?? '')
    const passed = lines.filter((line) => line !== '').flatMap((line) => this.#admit(this.#cut(line)))
    if (passed.length === 0 && (this.#droppedChars === 0 || !isLast)) return
    this.#emit(passed, this.#droppedChars)
    this.#droppedChars = 0
  }

  #cut(line: string): string {
    if (line.length <= maxLineChars) return line
    this.#droppedChars += line.length - maxLineChars
    return line.slice(0, maxLineChars)
  }

  #admit(line: string): string[] {
    this.#refill()
    if (line.length > this.#leftChars) {
      this.#droppedChars += line.length
      return []
    }
    this.#leftChars -= line.length
    return [line]
  }

  #refill(): void {
    const nowMs = monotonicMs()
    this.#leftChars = Math.min(
      charsPerSecond,
      this.#leftChars + ((nowMs - this.#refilledAtMs) / 1_000) * charsPerSecond,
    )
    this.#refilledAtMs = nowMs
  }
}
