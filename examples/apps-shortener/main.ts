/** Runs the shortener, shortens an address, follows it, and finds it again after a reload. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { runApp } from '@evenkeel/server/apps'

rmSync(join(import.meta.dirname, '.evenkeel'), { recursive: true, force: true })
const app = await runApp({ file: join(import.meta.dirname, 'app.ts'), port: 0, admin: false })
try {
  const made = await fetch(app.url, { method: 'POST', body: new URLSearchParams({ url: 'https://example.com/a?b=c' }) })
  const { code } = (await made.json()) as { code: string }
  const follow = (): Promise<Response> => fetch(`${app.url}/${code}`, { redirect: 'manual' })
  assert.equal((await follow()).headers.get('location'), 'https://example.com/a?b=c')
  assert.equal((await app.reload()).status, 'reloaded')
  assert.equal((await follow()).status, 302)
  assert.deepEqual(await (await fetch(`${app.url}/hits/${code}`)).json(), { hits: 2 })
  assert.equal(
    (await fetch(app.url, { method: 'POST', body: new URLSearchParams({ url: 'javascript:1' }) })).status,
    422,
  )
  console.log(`/${code} was followed twice, once after a reload`)
} finally {
  await app.close()
  rmSync(join(import.meta.dirname, '.evenkeel'), { recursive: true, force: true })
}
