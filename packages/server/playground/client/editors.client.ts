import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import { json } from '@codemirror/lang-json'
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, setDiagnostics } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { byId } from './dom.client.ts'
import type { RunError } from './api.client.ts'

export type Language = 'js' | 'ts'

const grammar = new Compartment()

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--pane)', fontSize: '13px' },
  '&.cm-focused': { outline: 'none' },
  // Above the content: the line of the cursor has a background of its own.
  '&.cm-focused::after': {
    content: '""',
    position: 'absolute',
    inset: '0',
    zIndex: '300',
    border: '2px solid var(--accent)',
    pointerEvents: 'none',
  },
  '.cm-collapsedLines': { color: 'var(--muted)', background: 'var(--line)' },
  '.cm-scroller': { fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--pane)', color: 'var(--muted)', borderRight: '1px solid var(--edge)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--line)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, ::selection': {
    backgroundColor: 'var(--mark)',
  },
  '.cm-matchingBracket': { backgroundColor: 'var(--mark)' },
  '.cm-tooltip, .cm-panels': {
    backgroundColor: 'var(--pane)',
    color: 'var(--text)',
    border: '1px solid var(--edge)',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent)',
    color: 'var(--accent-text)',
  },
})

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.moduleKeyword], color: 'var(--syn-keyword)' },
  { tag: [tags.string, tags.regexp, tags.special(tags.string)], color: 'var(--syn-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--syn-number)' },
  { tag: tags.comment, color: 'var(--syn-comment)', fontStyle: 'italic' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.propertyName],
    color: 'var(--syn-name)',
  },
  { tag: [tags.typeName, tags.className], color: 'var(--syn-type)' },
])

/** What every editor of the page shares. Styles need the page's nonce. */
function common(): Extension[] {
  const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? ''
  return [EditorView.cspNonce.of(nonce), look, syntaxHighlighting(colours), lineNumbers(), drawSelection()]
}

function editing(): Extension[] {
  return [
    history(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches(),
    EditorView.lineWrapping,
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap]),
  ]
}

/** Ctrl+Enter belongs to the page: the editor's own meaning of it is taken away by a binding that comes first. */
function running(run: () => void): Extension {
  const command = (): boolean => {
    run()
    return true
  }
  return keymap.of([
    { key: 'Mod-Enter', run: command },
    { key: 'Ctrl-Enter', run: command },
  ])
}

export interface Editors {
  readonly code: EditorView
  readonly input: EditorView
}

export function createEditors(run: () => void): Editors {
  const labelled = (id: string): Extension => EditorView.contentAttributes.of({ 'aria-labelledby': id })
  const code = new EditorView({
    parent: byId('code'),
    extensions: [
      running(run),
      common(),
      editing(),
      autocompletion(),
      lintGutter(),
      grammar.of(javascript()),
      labelled('code-title'),
    ],
  })
  const input = new EditorView({
    parent: byId('input'),
    doc: '{}',
    extensions: [running(run), common(), editing(), json(), labelled('input-title')],
  })
  return { code, input }
}

/** Extensions of an editor that only shows code. */
export function readOnlyCode(language: Language): Extension[] {
  return [
    ...common(),
    javascript({ typescript: language === 'ts' }),
    EditorState.readOnly.of(true),
    EditorView.lineWrapping,
  ]
}

export function setText(view: EditorView, content: string): void {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: content } })
}

export function setLanguage(view: EditorView, language: Language): void {
  view.dispatch({ effects: grammar.reconfigure(javascript({ typescript: language === 'ts' })) })
}

/** Marks where the error is; without one, takes the mark away. */
export function markError(view: EditorView, error: RunError | undefined): void {
  const at = error === undefined ? undefined : positionOf(view, error)
  const diagnostics =
    error === undefined || at === undefined
      ? []
      : [{ from: at.from, to: at.to, severity: 'error' as const, message: `${error.type}: ${error.message}` }]
  view.dispatch(setDiagnostics(view.state, diagnostics))
}

export function goTo(view: EditorView, error: RunError): void {
  const at = positionOf(view, error)
  if (at === undefined) return
  view.dispatch({ selection: { anchor: at.from }, scrollIntoView: true })
  view.focus()
}

function positionOf(view: EditorView, { line, column }: RunError): { from: number; to: number } | undefined {
  const { doc } = view.state
  if (line === undefined || line < 1 || line > doc.lines) return undefined
  const { from, to } = doc.line(line)
  const start = Math.min(to, from + Math.max(0, (column ?? 1) - 1))
  return { from: start, to: Math.max(start, Math.min(to, start + 1)) }
}
