import { MergeView, unifiedMergeView } from '@codemirror/merge'
import { EditorView } from '@codemirror/view'
import { byId } from './dom.client.ts'
import { readOnlyCode, type Language } from './editors.client.ts'

export interface Diff {
  readonly title: string
  readonly before: string
  readonly after: string
  readonly language: Language
}

/** Below it, what was and what is stand one below the other instead of side by side, in pixels. */
const narrowPx = 700

/** Opens the comparison; what it made goes when the dialog closes. */
export function showDiff({ title, ...diff }: Diff): void {
  const dialog = byId<HTMLDialogElement>('diff-dialog')
  byId('diff-title').textContent = title
  const view = window.innerWidth < narrowPx ? unified(diff) : sideBySide(diff)
  dialog.addEventListener('close', () => view.destroy(), { once: true })
  dialog.showModal()
}

const collapseUnchanged = { margin: 3, minSize: 6 }

function sideBySide({ before, after, language }: Omit<Diff, 'title'>): MergeView {
  const extensions = readOnlyCode(language)
  const sides = { a: { doc: before, extensions }, b: { doc: after, extensions } }
  return new MergeView({ ...sides, parent: byId('diff'), collapseUnchanged })
}

function unified({ before, after, language }: Omit<Diff, 'title'>): EditorView {
  const merge = unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged })
  return new EditorView({ doc: after, extensions: [readOnlyCode(language), merge], parent: byId('diff') })
}
