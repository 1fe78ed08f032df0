/// <reference lib="dom" />
import type { ChartSpec } from '../chart-spec.ts'
import type { LiveUpdate } from '../live-update.ts'
import type {} from './page-tools.ts'

const themeKey = 'evenkeel-report-theme'

window.evenkeel.copy = copyText
applyStoredTheme()
document.querySelector('[data-theme-switch]')?.addEventListener('click', switchTheme)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => window.evenkeel.redraw())
document.addEventListener('click', copyTable)
window.evenkeel.drawCharts(storedCharts())
markPlaceInContents()
if (document.body.dataset['live'] !== undefined) followRun()

function storedCharts(): ChartSpec[] {
  const text = document.querySelector('#charts-data')?.textContent ?? '[]'
  return JSON.parse(text) as ChartSpec[]
}

/** A page opened from a file may have no storage; the theme then lasts as long as the page. */
function applyStoredTheme(): void {
  try {
    const theme = localStorage.getItem(themeKey)
    if (theme !== null) document.documentElement.dataset['theme'] = theme
  } catch {
    // The system's theme stays.
  }
}

function switchTheme(): void {
  const root = document.documentElement
  const isDark = getComputedStyle(root).getPropertyValue('--scheme').trim() === 'dark'
  root.dataset['theme'] = isDark ? 'light' : 'dark'
  try {
    localStorage.setItem(themeKey, root.dataset['theme'])
  } catch {
    // Not kept for the next page.
  }
  window.evenkeel.redraw()
}

function copyTable(event: Event): void {
  const button = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('[data-copy-table]') : null
  const table = button?.closest('figure')?.querySelector('table')
  if (button === null || table === null || table === undefined) return
  const rows = [...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText.trim()).join('\t'))
  copyText(rows.join('\n'), button)
}

function copyText(text: string, button: HTMLElement): void {
  const label = button.dataset['label'] ?? button.textContent ?? ''
  button.dataset['label'] = label
  const say = (word: string): void => {
    button.textContent = word
    setTimeout(() => (button.textContent = label), 1500)
  }
  const fallback = (): void => say(copyBySelection(text) ? 'Copied' : 'Not allowed')
  if (navigator.clipboard === undefined) return fallback()
  navigator.clipboard.writeText(text).then(() => say('Copied'), fallback)
}

/** The older way, for pages that the browser gives no clipboard. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  // oxlint-disable-next-line typescript/no-deprecated -- the only way left for a page opened from a file in some browsers
  const done = document.execCommand('copy')
  area.remove()
  return done
}

function markPlaceInContents(): void {
  const links = new Map(
    [...document.querySelectorAll<HTMLAnchorElement>('nav a')].map((link) => [link.hash.slice(1), link]),
  )
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries)
        if (entry.isIntersecting) {
          for (const link of links.values()) link.removeAttribute('aria-current')
          links.get(entry.target.id)?.setAttribute('aria-current', 'true')
        }
    },
    { rootMargin: '-20% 0px -70% 0px' },
  )
  for (const section of document.querySelectorAll('main > section')) observer.observe(section)
}

/** The server sends the sections anew about once a second; charts stay where they are and only get new values. */
function followRun(): void {
  const source = new EventSource('events')
  const status = document.querySelector('[data-live-status]')
  const say = (text: string): void => {
    if (status !== null) status.textContent = text
  }
  source.addEventListener('update', (event: MessageEvent<string>) => {
    const update = JSON.parse(event.data) as LiveUpdate
    for (const section of update.sections) replaceSection(section.id, section.html)
    window.evenkeel.drawCharts(update.charts)
    say(update.finished ? 'finished' : 'live')
    if (update.finished) source.close()
  })
  source.addEventListener('open', () => say('live'))
  source.addEventListener('error', () => say('the run has ended or cannot be reached'))
}

function replaceSection(id: string, markup: string): void {
  const section = document.getElementById(id)
  if (section === null) return
  // Moving an element takes the focus from it.
  const focused = section.contains(document.activeElement) ? document.activeElement : null
  const next = document.createElement('div')
  next.innerHTML = markup
  for (const slot of next.querySelectorAll<HTMLElement>('[data-chart]')) {
    const name = CSS.escape(slot.dataset['chart'] ?? '')
    const kept = section.querySelector(`[data-chart="${name}"]`)
    if (kept !== null) slot.replaceWith(kept)
  }
  section.replaceChildren(...next.childNodes)
  if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true })
}
