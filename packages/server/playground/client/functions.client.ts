import type { AnswerView } from './answer-view.client.ts'
import { ApiError, askFor } from './api.client.ts'
import { showDiff } from './diff.client.ts'
import { byId, make, makeButton } from './dom.client.ts'
import { setLanguage, setText, type Editors, type Language } from './editors.client.ts'
import { text } from './messages.client.ts'

interface FunctionSummary {
  readonly name: string
  readonly currentVersion: number
  readonly description: string
  readonly managed: boolean
}

interface FunctionView extends FunctionSummary {
  readonly version: number
  readonly code: string
  readonly language: Language
}

interface VersionView {
  readonly version: number
  readonly current: boolean
  readonly aliases: readonly string[]
  readonly createdAt: string
}

interface Deployed {
  readonly name: string
  readonly version: number
  readonly changed: boolean
}

export interface FunctionsPanelParts {
  readonly editors: Editors
  readonly view: AnswerView
  readonly unauthorized: (message: string) => void
}

/** Stored functions: opening, saving, comparing and choosing versions. */
export class FunctionsPanel {
  readonly #parts: FunctionsPanelParts
  #items: readonly FunctionSummary[] = []
  #versions: readonly VersionView[] = []
  #opened: FunctionView | undefined

  constructor(parts: FunctionsPanelParts) {
    this.#parts = parts
    byId('save').addEventListener('click', () => this.#openSaveDialog())
    byId('save-form').addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#save()
    })
  }

  /** Reads the list again. */
  async refresh(): Promise<void> {
    await this.#try(async () => {
      this.#items = (await askFor<{ items: FunctionSummary[] }>('/functions?limit=200')).items
      if (this.#opened !== undefined) await this.#readVersions(this.#opened.name)
      this.draw()
    })
  }

  draw(): void {
    const items = this.#items.map((item) => make('li', {}, this.#openButton(item)))
    const none = make('li', { class: 'empty' }, text('noFunctions'))
    byId('function-list').replaceChildren(...(items.length === 0 ? [none] : items))
    byId('versions').hidden = this.#opened === undefined
    byId('opened').textContent = this.#opened === undefined ? '' : text('opened', { ...named(this.#opened) })
    if (this.#opened === undefined) return
    const { name, managed } = this.#opened
    byId('versions-title').textContent = text('versionsOf', { name })
    byId('version-list').replaceChildren(...this.#versions.map((version) => this.#versionRow(name, version, managed)))
  }

  /** The editor holds something else from now on. */
  leave(): void {
    this.#opened = undefined
    this.draw()
  }

  #openButton({ name, description, managed }: FunctionSummary): HTMLElement {
    const note = [description, managed ? text('managed') : ''].filter((part) => part !== '').join(' · ')
    const button = make('button', { type: 'button' }, name, note === '' ? undefined : make('small', {}, note))
    button.addEventListener('click', () => void this.#open(name, ''))
    if (this.#opened?.name === name) button.setAttribute('aria-current', 'true')
    return button
  }

  #versionRow(name: string, { version, current, aliases, createdAt }: VersionView, managed: boolean): HTMLElement {
    const words = { version }
    const buttons = [
      makeButton(text('open'), text('openVersion', words), () => void this.#open(name, String(version))),
      makeButton(text('diff'), text('diffVersion', words), () => void this.#compare(name, version)),
      current || managed
        ? undefined
        : makeButton(text('rollback'), text('rollbackVersion', words), () => void this.#rollBack(name, version)),
    ]
    const badges = [...(current ? [text('current')] : []), ...aliases]
    return make(
      'li',
      {},
      make('span', {}, text('version', words)),
      ...badges.map((badge) => make('span', { class: 'badge' }, badge)),
      make('small', { class: 'muted' }, ` ${new Date(createdAt).toLocaleString(document.documentElement.lang)}`),
      make('div', {}, ...buttons),
    )
  }

  async #open(name: string, version: string): Promise<void> {
    await this.#try(async () => {
      const opened = await read(name, version)
      const { code } = this.#parts.editors
      setText(code, opened.code)
      byId<HTMLSelectElement>('language').value = opened.language
      setLanguage(code, opened.language)
      this.#opened = opened
      await this.#readVersions(name)
      this.draw()
    })
  }

  async #compare(name: string, version: number): Promise<void> {
    await this.#try(async () => {
      const { code, language } = await read(name, String(version))
      const now = this.#parts.editors.code.state.doc.toString()
      showDiff({ title: text('diffTitle', { name, version }), before: code, after: now, language })
    })
  }

  async #rollBack(name: string, version: number): Promise<void> {
    await this.#try(async () => {
      await askFor(`/functions/${name}/rollback`, { method: 'POST', body: { version } })
      await this.refresh()
      this.#parts.view.show({ status: 'said', state: 'good', message: text('rolledBack', { name, version }) })
    })
  }

  #openSaveDialog(): void {
    byId<HTMLInputElement>('save-name').value = this.#opened?.name ?? ''
    byId<HTMLInputElement>('save-description').value = this.#opened?.description ?? ''
    byId('save-problem').textContent = ''
    byId<HTMLDialogElement>('save-dialog').showModal()
  }

  async #save(): Promise<void> {
    const name = byId<HTMLInputElement>('save-name').value
    const code = this.#parts.editors.code.state.doc.toString()
    const language = byId<HTMLSelectElement>('language').value
    const description = byId<HTMLInputElement>('save-description').value
    try {
      const kept = await keptFields(name)
      const body = { ...kept, code, language, description }
      const deployed = await askFor<Deployed>(`/functions/${name}`, { method: 'PUT', body })
      byId<HTMLDialogElement>('save-dialog').close()
      this.#opened = await read(name, String(deployed.version))
      await this.refresh()
      const message = text(deployed.changed ? 'saved' : 'unchanged', { ...named(deployed) })
      this.#parts.view.show({ status: 'said', state: 'good', message })
    } catch (error) {
      byId('save-problem').textContent = (error as Error).message
    }
  }

  async #readVersions(name: string): Promise<void> {
    this.#versions = (await askFor<{ items: VersionView[] }>(`/functions/${name}/versions`)).items
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const { message } = error as Error
      if (error instanceof ApiError && (error.status === 401 || error.status === 403))
        return this.#parts.unauthorized(message)
      this.#parts.view.show({ status: 'said', state: 'bad', message })
    }
  }
}

function read(name: string, version: string): Promise<FunctionView> {
  return askFor<FunctionView>(`/functions/${name}${version === '' ? '' : `?version=${version}`}`)
}

/** What a new version takes over from the current one: everything that the page does not edit. Secrets stay by themselves. */
async function keptFields(name: string): Promise<object> {
  try {
    const { limits, freshness, env, ipAllow, egress, inputSchema, outputSchema, webhook } = await askFor<
      Record<string, unknown>
    >(`/functions/${name}`)
    return { limits, freshness, env, ipAllow, egress, inputSchema, outputSchema, webhook }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return {}
    throw error
  }
}

function named({ name, version }: { readonly name: string; readonly version: number }): {
  name: string
  version: number
} {
  return { name, version }
}
