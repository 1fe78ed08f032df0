import { ServerError } from '../../errors/server-error.ts'
import type { Failure } from '../deployment/rendered.ts'
import type { MadePage } from './page-maker.ts'

/** The error that a backend gets for a page that did not come to be. What the page threw stays in the operator's log. */
export function pageError(made: Exclude<MadePage, { kind: 'page' | 'streaming' | 'redirect' }>): ServerError {
  switch (made.kind) {
    case 'notFound':
      return new ServerError('EK_PAGE_NOT_FOUND', 'the page says that there is nothing to show', { status: 404 })
    case 'invalid': {
      const { message = 'they are invalid', path = [] } = made.issues[0] ?? {}
      const place = path.map(String).join('.')
      const text = `the props do not fit the page: ${place === '' ? '' : `"${place}": `}${message}`
      return new ServerError('EK_PAGE_PROPS', text, { status: 422 })
    }
    case 'failed':
      return failureError(made.failure)
  }
}

function failureError({ reason, retryAfterMs = 1_000 }: Failure): ServerError {
  const retryAfterS = Math.max(1, Math.ceil(retryAfterMs / 1_000))
  switch (reason) {
    case 'deadline':
      return new ServerError('EK_PAGE_TIMEOUT', 'the page took longer than its deadline', {
        status: 504,
        type: 'TimeoutError',
      })
    case 'overload':
      return new ServerError('EK_OVERLOAD_QUEUE_FULL', 'too many pages are waiting', { status: 503, retryAfterS })
    case 'draining':
      return new ServerError('EK_DRAINING', 'the server is stopping', { status: 503, retryAfterS })
    case 'memory':
    case 'lost':
    case 'cancelled':
      return new ServerError('EK_UNAVAILABLE', 'the process that rendered the page ended', { status: 503, retryAfterS })
    case 'output':
      return new ServerError('EK_PAGE_THREW', 'the page is larger than its limit', { status: 500 })
    case 'fault':
      return new ServerError('EK_PAGE_THREW', 'the page threw; the log of the server says what')
  }
}
