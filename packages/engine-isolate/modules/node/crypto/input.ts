import { Buffer } from 'node:buffer'
import { native } from 'evenkeel:host'
import { exactBuffer, viewOf } from '../../web/bytes.ts'

export type Data = string | ArrayBuffer | ArrayBufferView

/** Bytes of what Node's functions take as data. */
export function bytesOf(value: unknown, encoding?: unknown, name: string = 'data'): Uint8Array {
  if (typeof value === 'string')
    return Buffer.from(value, (encoding === 'buffer' ? 'utf8' : encoding) as BufferEncoding)
  const view = viewOf(value)
  if (view !== undefined) return view
  throw Object.assign(
    new TypeError(
      `The "${name}" argument must be of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView`,
    ),
    {
      code: 'ERR_INVALID_ARG_TYPE',
    },
  )
}

/** As Node gives bytes: text when an encoding is asked for, otherwise a Buffer. */
export function given(bytes: ArrayBuffer | undefined, encoding?: unknown): Buffer | string {
  const buffer = Buffer.from(bytes ?? new ArrayBuffer(0))
  return encoding === undefined || encoding === null || encoding === 'buffer'
    ? buffer
    : buffer.toString(encoding as BufferEncoding)
}

/** Work of the host on bytes. */
export function work(operation: string, fields: object, ...parts: readonly Uint8Array[]): ReturnType<typeof native> {
  return native(operation, fields, ...parts.map((part) => exactBuffer(part)))
}

export function workBytes(operation: string, fields: object, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.from(work(operation, fields, ...parts).bytes ?? new ArrayBuffer(0))
}

type NodeCallback = (error: unknown, ...values: unknown[]) => void

/** The callback form of a function: the work is done at once, the answer comes later. */
export function withCallback(callback: unknown, run: () => readonly unknown[]): void {
  if (typeof callback !== 'function')
    throw Object.assign(new TypeError('The "callback" argument must be of type function'), {
      code: 'ERR_INVALID_ARG_TYPE',
    })
  let values: readonly unknown[]
  try {
    values = [null, ...run()]
  } catch (error) {
    values = [error]
  }
  setTimeout(() => (callback as NodeCallback)(...(values as [unknown])), 0)
}
