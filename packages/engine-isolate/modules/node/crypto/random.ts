import { Buffer } from 'node:buffer'
import { viewOf } from '../../web/bytes.ts'
import { bytesOf, withCallback, workBytes, type Data } from './input.ts'

const chunk = 1_048_576

function fresh(size: number): Buffer {
  if (!Number.isInteger(size) || size < 0 || size > 2 ** 31 - 1)
    throw Object.assign(new RangeError(`The value of "size" is out of range. Received ${String(size)}`), {
      code: 'ERR_OUT_OF_RANGE',
    })
  const parts: Buffer[] = []
  for (let left = size; left > 0; left -= chunk) parts.push(workBytes('random', { size: Math.min(left, chunk) }))
  return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts)
}

export function randomBytes(size: number, callback?: unknown): Buffer | undefined {
  if (callback === undefined) return fresh(size)
  withCallback(callback, () => [fresh(size)])
  return undefined
}
export { randomBytes as pseudoRandomBytes }

export function randomFillSync<T extends ArrayBufferView | ArrayBuffer>(
  target: T,
  offset: number = 0,
  size?: number,
): T {
  const view = viewOf(target) ?? new Uint8Array(0)
  view.set(fresh(size ?? view.byteLength - offset), offset)
  return target
}

export function randomFill(target: ArrayBufferView | ArrayBuffer, ...rest: unknown[]): void {
  const callback = rest.pop()
  withCallback(callback, () => [randomFillSync(target, ...(rest as [number?, number?]))])
}

/** Uniform: values that would favour small results are drawn again. */
export function randomInt(first: number, second?: unknown, third?: unknown): number | undefined {
  const [minimum, maximum] = typeof second === 'number' ? [first, second] : [0, first]
  const callback = typeof second === 'function' ? second : third
  const range = maximum - minimum
  if (!Number.isSafeInteger(minimum) || !Number.isSafeInteger(maximum) || range <= 0 || range > 2 ** 48 - 1)
    throw Object.assign(new RangeError('The value of "max" is out of range'), { code: 'ERR_OUT_OF_RANGE' })
  const draw = (): number => {
    const limit = 2 ** 48 - (2 ** 48 % range)
    for (;;) {
      const value = fresh(6).readUIntBE(0, 6)
      if (value < limit) return minimum + (value % range)
    }
  }
  if (callback === undefined) return draw()
  withCallback(callback, () => [draw()])
  return undefined
}

export function randomUUID(): string {
  const bytes = fresh(16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Every byte is looked at, whatever the others are. */
export function timingSafeEqual(one: Data, other: Data): boolean {
  const [left, right] = [bytesOf(one), bytesOf(other)]
  if (left.byteLength !== right.byteLength)
    throw Object.assign(new RangeError('Input buffers must have the same byte length'), {
      code: 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH',
    })
  let difference = 0
  for (let index = 0; index < left.byteLength; index += 1) difference |= (left[index] ?? 0) ^ (right[index] ?? 0)
  return difference === 0
}
