import { byId } from './dom.client.ts'

type TabName = 'result' | 'logs' | 'timings'
const names: readonly TabName[] = ['result', 'logs', 'timings']

/** Tabs as the ARIA practices describe them: one is in the tab order, arrow keys move. */
export function startTabs(): void {
  for (const [index, name] of names.entries()) {
    const tab = byId(`tab-${name}`)
    tab.addEventListener('click', () => select(name))
    tab.addEventListener('keydown', ({ key }) => {
      const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
      if (step === 0) return
      const next = names[(index + step + names.length) % names.length] ?? name
      select(next)
      byId(`tab-${next}`).focus()
    })
  }
  select('result')
}

function select(chosen: TabName): void {
  for (const name of names) {
    const tab = byId(`tab-${name}`)
    tab.setAttribute('aria-selected', String(name === chosen))
    tab.tabIndex = name === chosen ? 0 : -1
    byId(`panel-${name}`).hidden = name !== chosen
  }
}
