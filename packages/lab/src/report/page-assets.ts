import { readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface PageAssets {
  readonly style: string
  readonly scripts: readonly { readonly type: 'text/javascript' | 'module'; readonly text: string }[]
}

let assets: PageAssets | undefined

/** What every page has inside: the chart library (uPlot, MIT), our style and our scripts. Read once. */
export function loadPageAssets(): PageAssets {
  assets ??= readAssets()
  return assets
}

function readAssets(): PageAssets {
  const library = dirname(createRequire(import.meta.url).resolve('uplot'))
  const read = (path: string): string => readFileSync(path, 'utf8')
  const ownStyle = read(fileURLToPath(new URL('../../assets/report.css', import.meta.url)))
  return {
    style: `${read(join(library, 'uPlot.min.css'))}\n${ownStyle}`,
    scripts: [
      { type: 'text/javascript', text: inScript(read(join(library, 'uPlot.iife.min.js'))) },
      { type: 'module', text: inScript(readScript(import.meta.resolve('#report-charts'))) },
      { type: 'module', text: inScript(readScript(import.meta.resolve('#report-page'))) },
    ],
  }
}

/** From a checkout the script is TypeScript: its types are taken off here, as Node does for the rest. */
function readScript(url: string): string {
  const text = readFileSync(fileURLToPath(url), 'utf8')
  return url.endsWith('.ts')
    ? stripTypeScriptTypes(text, { mode: 'strip' })
    : text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
}

/** A closing tag inside a string of the script would end its element. */
function inScript(text: string): string {
  return text.replaceAll(/<\/script/gi, '<\\/script')
}
