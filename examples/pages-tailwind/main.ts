/** Renders the page and looks for what Tailwind made of its classes. */
import assert from 'node:assert/strict'
import { createPages } from '@evenkeel/server/pages'

await using pages = await createPages({ dir: import.meta.dirname, hosts: 1, spares: 0 })
const { html } = await pages.render('index')
assert.match(html, /class="cursor-pointer rounded-lg bg-emerald-600/)
const sheet = /<link rel="stylesheet" href="([^"]+)"/.exec(html)?.[1] ?? ''
const css = await (await pages.fetch(new Request(`http://localhost${sheet}`))).text()
for (const rule of ['.bg-emerald-600', '.max-w-lg', '.rounded-lg']) assert.ok(css.includes(rule), `no ${rule}`)
console.log(`${sheet} has ${css.length} characters`)
