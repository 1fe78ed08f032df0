import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import mime from 'mime'
import { messageOf } from '../../errors/lab-error.ts'
import { resolveFrom } from '../../script/resolve-path.ts'
import { isRecord, type PlainRecord } from '../../util/records.ts'
import { toText } from '../../util/to-text.ts'
import { UserFailure } from '../user-failure.ts'

export interface BodyParts {
  readonly json: unknown
  readonly body: unknown
  readonly form: PlainRecord | undefined
  readonly formData: PlainRecord | undefined
}

export interface EncodedBody {
  readonly bytes: string | Uint8Array | undefined
  /** Used when the request names none itself. */
  readonly contentType: string | undefined
}

/** `json` wins over `form`, `form` over `formData`, and that over `body`. */
export function encodeBody(parts: BodyParts, folder: string): EncodedBody | Promise<EncodedBody> {
  const { json, form, formData, body } = parts
  if (json !== undefined) return { bytes: JSON.stringify(json), contentType: 'application/json' }
  if (form !== undefined) return { bytes: encodeForm(form), contentType: 'application/x-www-form-urlencoded' }
  if (formData !== undefined) return encodeFormData(formData, folder)
  if (body === undefined || body === null) return { bytes: undefined, contentType: undefined }
  return { bytes: body instanceof Uint8Array ? body : toText(body), contentType: undefined }
}

function encodeForm(form: PlainRecord): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(form)) {
    if (value === undefined) continue
    for (const each of Array.isArray(value) ? value : [value]) search.append(name, toText(each))
  }
  return search.toString()
}

async function encodeFormData(fields: PlainRecord, folder: string): Promise<EncodedBody> {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields))
    for (const each of Array.isArray(value) ? value : [value]) await appendField(data, name, { value: each, folder })
  const response = new Response(data)
  return {
    bytes: new Uint8Array(await response.arrayBuffer()),
    contentType: response.headers.get('content-type') ?? undefined,
  }
}

async function appendField(
  data: FormData,
  name: string,
  { value, folder }: { readonly value: unknown; readonly folder: string },
): Promise<void> {
  if (!isRecord(value)) return data.append(name, toText(value))
  const { fromFile, contentType, filename, fileName } = value
  const type = typeof contentType === 'string' ? contentType : ''
  if (fromFile === undefined) {
    const text = toText(value['value'] ?? '')
    return type === '' ? data.append(name, text) : data.append(name, new Blob([text], { type }))
  }
  const path = toText(fromFile)
  const bytes = await readOnce(resolveFrom(folder, path))
  const shownName = toText(filename ?? fileName ?? basename(path))
  const shownType = type === '' ? (mime.getType(shownName) ?? '') : type
  data.append(name, new Blob([bytes], { type: shownType }), shownName)
}

const files = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()

/** Files are read once: a load test measures the server, not the generator's disk. */
function readOnce(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const known = files.get(path)
  if (known !== undefined) return known
  const reading = readFile(path).catch((error: unknown) => {
    throw new UserFailure('ENOENT', `The file "${path}" could not be read: ${messageOf(error)}`, error)
  })
  files.set(path, reading)
  return reading
}
