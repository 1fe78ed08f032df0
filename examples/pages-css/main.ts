/** Renders the page and looks for its styles: global ones, and those of a module under the name that it got. */
import assert from 'node:assert/strict'
import { createPages } from '@evenkeel/server/pages'

await using pages = await createPages({ dir: import.meta.dirname, hosts: 1, spares: 0 })
const { html } = await pages.render('index')
const name = /<button type="button" class="([^"]+)"/.exec(html)?.[1]
const sheets = [...html.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map((match) => match[1])
const texts = sheets.map(async (href) => (await pages.fetch(new Request(`http://localhost${href}`))).text())
const css = (await Promise.all(texts)).join('')
assert.match(css, /max-width:32rem/)
assert.ok(css.includes(`.${name}{`), `no rule for ${name}`)
console.log(`styled by ${sheets.join(', ')}`)
