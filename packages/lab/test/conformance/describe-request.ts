import type { IncomingMessage } from 'node:http'

export interface ReceivedRequest {
  /** Method, path, the headers that tests set, and the body, with what is random masked. */
  readonly line: string
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Reads a request and puts it in one line. */
export async function describeRequest(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  const url = new URL(request.url ?? '/', 'http://reference.test')
  const { method = '', headers } = request
  const type = headers['content-type'] ?? ''
  const shown = type.startsWith('multipart/') ? await describeParts(bytes, type) : bytes.toString()
  const parts = [method, request.url ?? '', ...shownHeaders(headers, bytes.length > 0)]
  if (shown !== '') parts.push(shown)
  return { line: mask(parts.join(' ')), method, url, headers, body: bytes.toString() }
}

function shownHeaders(headers: IncomingMessage['headers'], hasBody: boolean): readonly string[] {
  const names = Object.keys(headers).filter((name) => /^(?:x-.*|authorization|cookie)$/.test(name))
  const shown = names.toSorted().map((name) => `${name}=${String(headers[name])}`)
  const [type] = (headers['content-type'] ?? '').split(';')
  return hasBody ? [...shown, `type=${type ?? ''}`] : shown
}

async function describeParts(bytes: Buffer, type: string): Promise<string> {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData()
  const parts: string[] = []
  for (const [name, value] of form.entries())
    parts.push(typeof value === 'string' ? `${name}=${value}` : `${name}=@${value.name};${value.type};${value.size}`)
  return parts.join('&')
}

/** Identifiers that differ from run to run. */
function mask(line: string): string {
  return line
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
    .replaceAll(/random-[A-Za-z0-9]+/g, '<random>')
}
