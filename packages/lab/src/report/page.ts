import { createHash } from 'node:crypto'
import { html, join, jsonForScript, trusted, type Html } from './html.ts'
import { loadPageAssets, type PageAssets } from './page-assets.ts'
import type { ReportSection } from './sections/section.ts'

export interface PageOptions {
  readonly title: string
  readonly subtitle: string
  readonly sections: readonly ReportSection[]
  /** The page follows a running test by server-sent events from `events` beside it. */
  readonly live?: boolean
}

/** One HTML file that needs nothing else: style, scripts and figures are inside, and its policy forbids every request. */
export function renderPage(options: PageOptions): string {
  const assets = loadPageAssets()
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${contentPolicy(assets, options.live === true)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${options.title}</title>
        <link rel="icon" href="data:," />
        <style>
          ${trusted(assets.style)}
        </style>
      </head>
      ${body(options, assets)}
    </html>`
  return `${page.markup}\n`
}

function body(options: PageOptions, assets: PageAssets): Html {
  const charts = options.sections.flatMap((section) => section.charts ?? [])
  return html`<body ${options.live === true && trusted('data-live')}>
    <a class="skip" href="#${options.sections[0]?.id ?? ''}">Skip to the figures</a>
    <header>
      <div>
        <h1>${options.title}</h1>
        <p class="note">${options.subtitle}</p>
      </div>
      <div class="tools">
        ${options.live === true && html`<span class="badge plain" role="status" data-live-status>connecting</span>`}
        <button type="button" data-theme-switch>Light / dark</button>
      </div>
    </header>
    <nav aria-label="Contents">
      ${join(options.sections.map((section) => html`<a href="#${section.id}">${section.title}</a>`))}
    </nav>
    <main>${join(options.sections.map((section) => sectionMarkup(section)))}</main>
    <noscript><p class="notice warn">Charts need JavaScript; all tables are here without it.</p></noscript>
    <script type="application/json" id="charts-data">
      ${trusted(jsonForScript(charts))}
    </script>
    ${join(assets.scripts.map((script) => trusted(`<script type="${script.type}">${script.text}</script>`)))}
  </body>`
}

function sectionMarkup(section: ReportSection): Html {
  return html`<section id="${section.id}">${sectionContent(section)}</section>`
}

/** What is inside a section's element; the live page replaces it. */
export function sectionContent(section: ReportSection): Html {
  return html`<h2>${section.title}</h2>
    ${section.body}`
}

/** Only our own scripts, known by their hash, run: markup that slipped through escaping could still do nothing. */
function contentPolicy(assets: PageAssets, live: boolean): string {
  const hashes = assets.scripts.map(({ text }) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    `connect-src ${live ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}
