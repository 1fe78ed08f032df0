import { utf8Text } from './bytes.ts'
import type { FormData } from './form-data.ts'
import { forms } from './lazy.ts'

/** The form in a `multipart/form-data` body. Throws a TypeError when it is none. */
export function parseMultipart(bytes: Uint8Array, type: string): FormData {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type)
  const text = latin1(bytes)
  const form = new (forms().FormData)()
  const delimiter = `--${boundary?.[1] ?? boundary?.[2] ?? ''}`
  if (boundary === null || !text.startsWith(delimiter)) throw new TypeError('Could not parse the content as FormData')
  let start = delimiter.length
  while (!text.startsWith('--', start)) {
    if (!text.startsWith('\r\n', start)) throw new TypeError('Could not parse the content as FormData')
    const end = text.indexOf(`\r\n${delimiter}`, start)
    const head = text.indexOf('\r\n\r\n', start)
    if (end === -1 || head === -1 || head > end) throw new TypeError('Could not parse the content as FormData')
    appendPart(form, utf8Text(bytes.subarray(start + 2, head)), bytes.subarray(head + 4, end))
    start = end + 2 + delimiter.length
  }
  return form
}

function appendPart(form: FormData, head: string, content: Uint8Array): void {
  const headers = new Map(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const
    }),
  )
  const disposition = headers.get('content-disposition') ?? ''
  const name = quoted(disposition, 'name')
  if (name === undefined) throw new TypeError('Could not parse the content as FormData')
  const filename = quoted(disposition, 'filename')
  if (filename === undefined) form.append(name, utf8Text(content))
  else form.append(name, new (forms().File)([content], filename, { type: headers.get('content-type') ?? 'text/plain' }))
}

function quoted(disposition: string, key: string): string | undefined {
  const match = new RegExp(`;\\s*${key}="([^"]*)"`, 'i').exec(disposition)
  return match?.[1]?.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n')
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let start = 0; start < bytes.length; start += 8_192)
    text += String.fromCharCode(...bytes.subarray(start, start + 8_192))
  return text
}
