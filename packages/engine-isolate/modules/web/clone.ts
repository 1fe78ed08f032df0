import { detach } from 'evenkeel:host'
import clone from 'core-js-pure/actual/structured-clone'
import { tagOf } from './bytes.ts'
import { events } from './lazy.ts'

/** https://html.spec.whatwg.org/#dom-structuredclone. What is transferred is copied, and detached when everything has been. */
export function structuredClone(value: unknown, options?: { transfer?: Iterable<unknown> }): unknown {
  if (arguments.length === 0)
    throw new TypeError("Failed to execute 'structuredClone': 1 argument required, but only 0 present")
  const buffers = [...(options?.transfer ?? [])].map(transferable)
  if (new Set(buffers).size < buffers.length) throw refusal('is in the list twice')
  const copy: unknown = clone(value)
  for (const buffer of buffers) detach(buffer)
  return copy
}

function transferable(value: unknown): ArrayBuffer {
  if (tagOf(value) !== 'ArrayBuffer') throw refusal('is no ArrayBuffer, and nothing else can be transferred here')
  const buffer = value as ArrayBuffer
  if (buffer.detached) throw refusal('has been transferred before')
  return buffer
}

function refusal(why: string): DOMException {
  const { DOMException } = events()
  return new DOMException(`A value to transfer ${why}`, 'DataCloneError') as unknown as globalThis.DOMException
}
