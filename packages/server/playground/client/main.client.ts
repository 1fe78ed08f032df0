import { AnswerView } from './answer-view.client.ts'
import { byId, make } from './dom.client.ts'
import { createEditors, setLanguage, setText, type Editors, type Language } from './editors.client.ts'
import { examples } from './examples.client.ts'
import { FunctionsPanel } from './functions.client.ts'
import { currentLocale, text } from './messages.client.ts'
import { startPreferences } from './preferences.client.ts'
import { Runner } from './runner.client.ts'
import { startTabs } from './tabs.client.ts'
import { startTokenDialog } from './token.client.ts'

const editors: Editors = createEditors(() => void runner.run())
const view = new AnswerView(editors.code)
const unauthorized = startTokenDialog(() => void functions.refresh())
const languageSelect = byId<HTMLSelectElement>('language')
const runner = new Runner({ editors, view, unauthorized, language: () => languageSelect.value as Language })
const functions = new FunctionsPanel({ editors, view, unauthorized })

startTabs()
startButtons()
startKeys()
startPreferences(() => {
  listExamples()
  view.draw()
  functions.draw()
})
openExample(0)
void functions.refresh()

function startButtons(): void {
  byId('run').addEventListener('click', () => void runner.run())
  byId('cancel').addEventListener('click', () => runner.cancel())
  languageSelect.addEventListener('change', () => setLanguage(editors.code, languageSelect.value as Language))
  byId('examples').addEventListener('change', () => {
    const index = byId<HTMLSelectElement>('examples').selectedIndex - 1
    openExample(index)
    functions.leave()
  })
  for (const button of document.querySelectorAll<HTMLElement>('[data-close]'))
    button.addEventListener('click', () => button.closest('dialog')?.close())
}

/** Ctrl+Enter runs wherever the focus is. Escape cancels a run before anything else has a use for it, unless a dialog is open. */
function startKeys(): void {
  const isPlain = (): boolean => document.querySelector('dialog[open]') === null
  document.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Escape' || !isPlain() || !runner.isRunning) return
      event.preventDefault()
      event.stopPropagation()
      runner.cancel()
    },
    { capture: true },
  )
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || !isPlain()) return
    event.preventDefault()
    void runner.run()
  })
}

function listExamples(): void {
  const select = byId<HTMLSelectElement>('examples')
  const chosen = Math.max(0, select.selectedIndex)
  const options = examples.map(({ name }) => make('option', {}, name[currentLocale()]))
  select.replaceChildren(make('option', { disabled: '' }, text('examples')), ...options)
  select.selectedIndex = chosen
}

function openExample(index: number): void {
  const example = examples[index]
  if (example === undefined) return
  byId<HTMLSelectElement>('examples').selectedIndex = index + 1
  languageSelect.value = example.language
  setLanguage(editors.code, example.language)
  setText(editors.code, example.code)
  setText(editors.input, JSON.stringify(example.input, null, 2))
}
