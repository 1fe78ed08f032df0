import { FormDataParseError, MaxFilesExceededError, parseFormData, type FileUpload } from '@remix-run/form-data-parser'
import { ServerError } from '../../errors/server-error.ts'

export interface FormLimits {
  /** Of the whole body. Default 10 MiB. */
  readonly maxBytes?: number
  /** Of one file, or one field. Default 10 MiB. */
  readonly maxFileBytes?: number
  /** Default 20. */
  readonly maxFiles?: number
  /** Fields and files together. Default 1000. */
  readonly maxFields?: number
  /** Puts a file somewhere and gives what stands for it in the form. It is in memory when this is called. Default: it stays there. */
  readonly onFile?: (file: File, field: string) => string | Blob | undefined | Promise<string | Blob | undefined>
}

export type FormOutcome =
  | { readonly status: 'read'; readonly form: FormData }
  /** The body is no form (415), above a limit (413) or malformed (400). `response` says so to the client. */
  | { readonly status: 'refused'; readonly error: ServerError; readonly response: Response }

const formTypes: ReadonlySet<string> = new Set(['application/x-www-form-urlencoded', 'multipart/form-data'])

/**
 * Reads the body of a request as a form, `application/x-www-form-urlencoded` or `multipart/form-data`, within limits. Rejects only with
 * what `onFile` throws.
 */
export async function readForm(request: Request, limits: FormLimits = {}): Promise<FormOutcome> {
  const [type = ''] = (request.headers.get('content-type') ?? '').toLowerCase().split(/\s*;/)
  try {
    const length = Number(request.headers.get('content-length') ?? 0)
    if (length > maxBytesOf(limits))
      throw tooLarge(`the form has ${length} bytes, at most ${maxBytesOf(limits)} are taken`)
    if (!formTypes.has(type)) throw new ServerError('EK_REQUEST_MEDIA_TYPE', 'the body must be a form', { status: 415 })
    return { status: 'read', form: await readLimited(request, limits) }
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    return { status: 'refused', error, response: refusal(error) }
  }
}

async function readLimited(request: Request, limits: FormLimits): Promise<FormData> {
  const { maxFiles = 20, maxFields = 1_000, maxFileBytes = 10 * 1_048_576, onFile } = limits
  let thrown: { readonly reason: unknown } | undefined
  const keep = async (file: FileUpload): Promise<string | Blob | null> => {
    if (onFile === undefined) return file
    try {
      return (await onFile(file, file.fieldName)) ?? null
    } catch (reason) {
      thrown = { reason }
      throw reason
    }
  }
  const parsing = { maxFiles, maxParts: maxFields, maxFileSize: maxFileBytes, maxTotalSize: maxBytesOf(limits) }
  try {
    return await parseFormData(request, parsing, keep)
  } catch (error) {
    if (thrown !== undefined) throw thrown.reason
    throw formError(error)
  }
}

/** The parser names its errors; those of its limits begin with `Max`. */
function formError(error: unknown): unknown {
  const reason = error instanceof FormDataParseError && error.cause instanceof Error ? error.cause : error
  if (reason instanceof MaxFilesExceededError || isLimit(error) || isLimit(reason))
    return tooLarge(`the form is above a limit: ${(isLimit(error) ? error : (reason as Error)).message}`)
  return new ServerError('EK_REQUEST_MALFORMED', 'the form is malformed', { cause: error })
}

function isLimit(error: unknown): error is Error {
  return error instanceof Error && /^Max\w+ExceededError$/.test(error.constructor.name)
}

function maxBytesOf({ maxBytes = 10 * 1_048_576 }: FormLimits): number {
  return maxBytes
}

function tooLarge(message: string): ServerError {
  return new ServerError('EK_REQUEST_TOO_LARGE', message, { status: 413 })
}

function refusal({ code, message, status }: ServerError): Response {
  return Response.json({ error: { code, message, fault: 'caller' } }, { status })
}
