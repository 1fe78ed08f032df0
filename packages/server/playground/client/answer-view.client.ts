import type { EditorView } from '@codemirror/view'
import type { Answer, LogLine, RunBody, RunError } from './api.client.ts'
import { byId, make } from './dom.client.ts'
import { goTo } from './editors.client.ts'
import { text } from './messages.client.ts'
import { timingsOf } from './timings.client.ts'

export type ViewState =
  | { readonly status: 'idle' }
  | { readonly status: 'running' }
  | { readonly status: 'cancelled' }
  | { readonly status: 'said'; readonly message: string; readonly state: 'good' | 'bad' }
  | { readonly status: 'answered'; readonly answer: Answer<RunBody> }

/** Draws the right side of the page. What came from a block is only ever text. */
export class AnswerView {
  readonly #code: EditorView
  #state: ViewState = { status: 'idle' }
  #answer: Answer<RunBody> | undefined

  constructor(code: EditorView) {
    this.#code = code
    this.draw()
  }

  show(state: ViewState): void {
    this.#state = state
    if (state.status === 'answered') this.#answer = state.answer
    this.draw()
  }

  /** Also after a change of language. */
  draw(): void {
    drawStatus(this.#state)
    const answer = this.#answer
    const logs = answer?.body.logs ?? []
    byId('tab-result').textContent = text('result')
    byId('tab-logs').textContent = text('logs', { count: logs.length })
    byId('tab-timings').textContent = text('timings')
    byId('panel-logs').replaceChildren(...logLines(logs, answer?.body.logsTruncated === true))
    byId('panel-timings').replaceChildren(...(answer === undefined ? [empty('noResult')] : timingsOf(answer)))
    byId('panel-result').replaceChildren(...(answer === undefined ? [empty('noResult')] : this.#result(answer.body)))
  }

  #result({ result, error, warnings = [] }: RunBody): Node[] {
    const main =
      error === undefined ? make('pre', { id: 'result-text' }, JSON.stringify(result, null, 2)) : this.#failure(error)
    return [main, ...warnings.map(({ message }) => make('p', { class: 'warning' }, `⚠ ${message}`))]
  }

  #failure(error: RunError): HTMLElement {
    const { type, code, message, hint, stack, line, column = 1 } = error
    const place = make('button', { type: 'button' }, text('goToLine', { line: line ?? 0, column }))
    place.addEventListener('click', () => goTo(this.#code, error))
    return make(
      'div',
      { class: 'failure' },
      make('p', {}, make('strong', {}, `${type}: ${message}`)),
      line === undefined ? undefined : place,
      hint === undefined ? undefined : make('p', {}, text('hint', { hint })),
      stack === undefined ? undefined : make('pre', {}, stack),
      make('p', { class: 'muted' }, code),
    )
  }
}

function drawStatus(state: ViewState): void {
  const line = byId('status')
  const [look, words, rest] = statusWords(state)
  line.dataset['state'] = look
  line.replaceChildren(make('b', {}, words), make('span', {}, rest))
}

function statusWords(state: ViewState): readonly [look: string, words: string, rest: string] {
  switch (state.status) {
    case 'idle':
      return ['idle', '', text('ready')]
    case 'running':
      return ['running', text('running'), '']
    case 'cancelled':
      return ['bad', text('cancelled'), '']
    case 'said':
      return [state.state, state.message, '']
    case 'answered': {
      const { status, elapsedMs, body } = state.answer
      const rest = text('summary', { status, ms: elapsedMs.toFixed(1) })
      if (body.error !== undefined) return ['bad', text('failed', { type: body.error.type }), rest]
      return ['good', text('succeeded'), rest]
    }
  }
}

function logLines(logs: readonly LogLine[], cut: boolean): Node[] {
  if (logs.length === 0) return [empty('noLogs')]
  const lines: Node[] = logs.map(({ level, message, atMs }) =>
    make(
      'div',
      { class: 'log', 'data-level': level },
      make('time', {}, `${atMs.toFixed(1)} ms`),
      make('i', {}, level),
      make('span', {}, message),
    ),
  )
  return cut ? [...lines, make('p', { class: 'warning' }, text('logsCut'))] : lines
}

function empty(key: 'noResult' | 'noLogs'): Node {
  return make('p', { class: 'muted' }, text(key))
}
