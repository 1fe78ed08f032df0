/** Renders the page: Emotion's styles are in the document, so that it looks right before any script has run. */
import assert from 'node:assert/strict'
import { createPages } from '@evenkeel/server/pages'

await using pages = await createPages({ dir: import.meta.dirname, hosts: 1, spares: 0 })
const { html } = await pages.render('index')
const name = /<button class="[^"]*\b(css-[\w-]+)/.exec(html)?.[1]
assert.ok(name !== undefined && html.includes(`.${name}{`), `no rule for ${name}`)
assert.match(html, /Rendered on the server/)
console.log(`${html.length} characters, styles included`)
