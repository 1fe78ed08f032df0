/** Asks the app as browsers do: pages, a redirect, and two ways not to be there. */
import assert from 'node:assert/strict'
import { createPages } from '@evenkeel/server/pages'

await using pages = await createPages({ dir: import.meta.dirname, hosts: 1, spares: 0 })
const ask = (path: string): Promise<Response> => pages.fetch(new Request(`http://localhost${path}`))
assert.match(await (await ask('/')).text(), /<a href="\/board\/2"[^>]*>Questions<\/a>/)
assert.match(await (await ask('/board/2')).text(), /<h1>Questions<\/h1>/)
const moved = await ask('/news')
assert.deepEqual([moved.status, moved.headers.get('location')], [302, '/board/1'])
for (const path of ['/board/3', '/nowhere']) {
  const { status } = await ask(path)
  assert.equal(status, 404)
}
console.log('an app of React Router 6 with React 18')
