export interface WebhookResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const json = 'application/json; charset=utf-8'
/** Those of the connection are the server's own (RFC 9110 §7.6.1); cookies would be of an origin that functions share. */
const reserved =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|date|server|set-cookie|content-security-policy|x-content-type-options|strict-transport-security|access-control-allow-credentials)$/i
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const headerValue = /^[\t\x20-\x7e]*$/

/**
 * The answer of a webhook: the result as JSON, or, when it is an object with an integer `status` from 200 to 599 and nothing else but
 * `headers` and `body`, the answer that it describes.
 */
export function webhookResponse(result: string): WebhookResponse {
  const plain: WebhookResponse = { status: 200, headers: { 'content-type': json }, body: result }
  // Most results are not of this form, and need not be parsed to see it.
  if (!/^\{"(?:status|headers|body)":/.test(result)) return plain
  const { status, headers = {}, body = null, ...rest } = JSON.parse(result) as Record<string, unknown>
  const isForm = typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
  if (!isForm || Object.keys(rest).length > 0 || !isHeaders(headers)) return plain
  const kept = Object.entries(headers).filter(([name]) => !reserved.test(name))
  const named = Object.fromEntries(kept.map(([name, value]) => [name.toLowerCase(), value]))
  if (typeof body === 'string')
    return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...named }, body }
  return { status, headers: { 'content-type': json, ...named }, body: body === null ? '' : JSON.stringify(body) }
}

function isHeaders(headers: unknown): headers is Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return false
  return Object.entries(headers).every(
    ([name, value]) => headerName.test(name) && typeof value === 'string' && headerValue.test(value),
  )
}
