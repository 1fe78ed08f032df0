import assert from 'node:assert/strict'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { test } from 'node:test'
import { HttpSink } from './helpers/http-sink.ts'

const run = promisify(execFile)
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const snippets = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)

test('the README has its snippets', () => {
  assert.equal(snippets.length, 5)
})

for (const [index, snippet] of snippets.entries()) {
  test(`snippet ${index + 1} of the README runs, and its events arrive`, async () => {
    const sink = await new HttpSink().listen()
    const folder = new URL(`./.readme-${index}/`, import.meta.url)
    await mkdir(folder, { recursive: true })
    try {
      const file = new URL('main.ts', folder)
      await writeFile(file, snippet.replaceAll('http://127.0.0.1:8080/events', sink.url))
      await run(process.execPath, ['--conditions=@evenkeel/source', file.pathname], {
        timeout: 30_000,
        env: { ...process.env, TMPDIR: folder.pathname },
      })
      if (snippet.includes('httpTransport')) assert.equal(sink.events.length, snippet.includes('n < 5000') ? 5000 : 1)
    } finally {
      await rm(folder, { recursive: true })
      await sink.stop()
    }
  })
}
