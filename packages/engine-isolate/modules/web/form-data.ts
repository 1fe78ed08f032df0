import { type Blob, blobBytes, File } from './blob.ts'
import { concat, tagOf, utf8Bytes } from './bytes.ts'
import { iteratorOf } from './iterator.ts'

export type FormDataValue = string | File

/** https://xhr.spec.whatwg.org/#interface-formdata */
export class FormData {
  #entries: [string, FormDataValue][] = []

  constructor(form?: unknown) {
    if (form !== undefined) throw new TypeError("Failed to construct 'FormData': there are no form elements here")
  }

  append(name: string, value: unknown, filename?: string): void {
    needs('append', arguments.length, 2)
    this.#entries.push(entryOf(name, value, filename))
  }

  set(name: string, value: unknown, filename?: string): void {
    needs('set', arguments.length, 2)
    const entry = entryOf(name, value, filename)
    const at = this.#entries.findIndex(([each]) => each === entry[0])
    this.#entries = this.#entries.filter(([each], index) => each !== entry[0] || index === at)
    if (at === -1) this.#entries.push(entry)
    else this.#entries[at] = entry
  }

  delete(name: string): void {
    needs('delete', arguments.length, 1)
    this.#entries = this.#entries.filter(([each]) => each !== wellFormed(name))
  }

  get(name: string): FormDataValue | null {
    needs('get', arguments.length, 1)
    return this.#entries.find(([each]) => each === wellFormed(name))?.[1] ?? null
  }

  getAll(name: string): FormDataValue[] {
    needs('getAll', arguments.length, 1)
    return this.#entries.filter(([each]) => each === wellFormed(name)).map(([, value]) => value)
  }

  has(name: string): boolean {
    needs('has', arguments.length, 1)
    return this.#entries.some(([each]) => each === wellFormed(name))
  }

  forEach(callback: (value: FormDataValue, name: string, form: FormData) => void, thisValue?: unknown): void {
    needs('forEach', arguments.length, 1)
    for (const [name, value] of this) Reflect.apply(callback, thisValue, [value, name, this])
  }

  entries(): IteratorObject<[string, FormDataValue]> {
    return this.#iterate(([name, value]) => [name, value])
  }

  keys(): IteratorObject<string> {
    return this.#iterate(([name]) => name)
  }

  values(): IteratorObject<FormDataValue> {
    return this.#iterate(([, value]) => value)
  }

  [Symbol.iterator](): IteratorObject<[string, FormDataValue]> {
    return this.entries()
  }

  #iterate<Value>(pick: (entry: [string, FormDataValue]) => Value): IteratorObject<Value> {
    return iteratorOf((index) => {
      const entry = this.#entries[index]
      return entry && { value: pick(entry) }
    }, 'FormData Iterator')
  }

  get [Symbol.toStringTag](): string {
    return 'FormData'
  }
}

/** https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
export function multipartOf(form: FormData): { bytes: Uint8Array; type: string } {
  const boundary = `----evenkeel${Math.random().toString(36).slice(2, 14).padEnd(12, '0')}${Math.random().toString(36).slice(2, 14).padEnd(12, '0')}`
  const parts: Uint8Array[] = []
  for (const [name, value] of form) {
    const disposition = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(lines(name))}"`
    if (typeof value === 'string') {
      parts.push(utf8Bytes(`${disposition}\r\n\r\n${lines(value)}\r\n`))
      continue
    }
    const type = value.type === '' ? 'application/octet-stream' : value.type
    parts.push(utf8Bytes(`${disposition}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`))
    parts.push(blobBytes(value), utf8Bytes('\r\n'))
  }
  parts.push(utf8Bytes(`--${boundary}--\r\n`))
  return { bytes: concat(parts), type: `multipart/form-data; boundary=${boundary}` }
}

function entryOf(name: unknown, value: unknown, filename: string | undefined): [string, FormDataValue] {
  const tag = tagOf(value)
  if (tag !== 'Blob' && tag !== 'File') {
    if (filename !== undefined) throw new TypeError('The second argument must be a Blob when there is a file name')
    return [wellFormed(name), wellFormed(value)]
  }
  const blob = value as Blob
  if (tag === 'File' && filename === undefined) return [wellFormed(name), blob as File]
  const { type } = blob
  const options = tag === 'File' ? { type, lastModified: (blob as File).lastModified } : { type }
  return [wellFormed(name), new File([blob], filename === undefined ? 'blob' : wellFormed(filename), options)]
}

function needs(method: string, given: number, needed: number): void {
  if (given < needed)
    throw new TypeError(
      `Failed to execute '${method}' on 'FormData': ${needed} arguments required, but only ${given} present`,
    )
}

function wellFormed(value: unknown): string {
  return String(value).toWellFormed()
}

function lines(text: string): string {
  return text.replaceAll(/\r\n|\r|\n/g, '\r\n')
}

function escaped(text: string): string {
  return text.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}
