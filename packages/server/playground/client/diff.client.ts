import { MergeView } from '@codemirror/merge'
import { byId } from './dom.client.ts'
import { readOnlyCode, type Language } from './editors.client.ts'

export interface Diff {
  readonly title: string
  readonly before: string
  readonly after: string
  readonly language: Language
}

/** Opens the comparison; what it made goes when the dialog closes. */
export function showDiff({ title, before, after, language }: Diff): void {
  const dialog = byId<HTMLDialogElement>('diff-dialog')
  byId('diff-title').textContent = title
  const extensions = readOnlyCode(language)
  const merge = new MergeView({
    a: { doc: before, extensions },
    b: { doc: after, extensions },
    parent: byId('diff'),
    collapseUnchanged: { margin: 3, minSize: 6 },
  })
  dialog.addEventListener('close', () => merge.destroy(), { once: true })
  dialog.showModal()
}
