import { ask, type RunBody } from './api.client.ts'
import type { AnswerView } from './answer-view.client.ts'
import { byId } from './dom.client.ts'
import { markError, type Editors, type Language } from './editors.client.ts'
import { text } from './messages.client.ts'

export interface RunnerParts {
  readonly editors: Editors
  readonly view: AnswerView
  readonly language: () => Language
  /** The server wants a token, or another one. */
  readonly unauthorized: (message: string) => void
}

/** Runs what the editors hold, one run at a time. */
export class Runner {
  readonly #parts: RunnerParts
  #running: AbortController | undefined

  constructor(parts: RunnerParts) {
    this.#parts = parts
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** Never rejects: the view tells what went wrong. */
  async run(): Promise<void> {
    if (this.#running !== undefined) return
    const { editors, view } = this.#parts
    const input = this.#input()
    if (input === undefined) return editors.input.focus()
    const controller = new AbortController()
    this.#setRunning(controller)
    markError(editors.code, undefined)
    view.show({ status: 'running' })
    try {
      await this.#ask(input.value, controller.signal)
    } catch (error) {
      if (controller.signal.aborted) view.show({ status: 'cancelled' })
      else view.show({ status: 'said', state: 'bad', message: `${text('unreachable')}: ${(error as Error).message}` })
    } finally {
      this.#setRunning(undefined)
    }
  }

  /** The server ends a run whose connection closes. */
  cancel(): void {
    this.#running?.abort()
  }

  async #ask(input: unknown, signal: AbortSignal): Promise<void> {
    const { editors, view, language, unauthorized } = this.#parts
    const wallMs = byId<HTMLInputElement>('wall').valueAsNumber
    const body = {
      code: editors.code.state.doc.toString(),
      input,
      language: language(),
      ...(Number.isNaN(wallMs) ? {} : { limits: { wallMs } }),
    }
    const answer = await ask<RunBody>('/run', { method: 'POST', body, signal })
    view.show({ status: 'answered', answer })
    markError(editors.code, answer.body.error)
    if (answer.status === 401 || answer.status === 403) unauthorized(answer.body.error?.message ?? '')
  }

  #input(): { readonly value: unknown } | undefined {
    const written = this.#parts.editors.input.state.doc.toString().trim()
    const problem = byId('input-problem')
    problem.textContent = ''
    try {
      return { value: written === '' ? {} : (JSON.parse(written) as unknown) }
    } catch (error) {
      problem.textContent = text('inputInvalid', { message: (error as Error).message })
      return undefined
    }
  }

  #setRunning(controller: AbortController | undefined): void {
    this.#running = controller
    byId<HTMLButtonElement>('run').disabled = controller !== undefined
    byId<HTMLButtonElement>('cancel').disabled = controller === undefined
  }
}
