import type { Load, PageConfig } from '@evenkeel/server/page'

export const config: PageConfig = { deadlineMs: 500, onFailure: 'shell' }

export const load: Load = ({ query }) => ({ name: 'Ada', spin: query['go'] !== undefined })

export default function EndlessShell({ name, spin }: { readonly name: string; readonly spin: boolean }) {
  while (spin && typeof window === 'undefined');
  return <p id="name">{name}</p>
}
