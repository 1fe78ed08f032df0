import assert from 'node:assert/strict'
import { serve } from '@evenkeel/server'

const server = await serve({ port: 0, adminPort: 0, blocks: { hosts: 1 } })
try {
  const response = await fetch(`${server.url}/v1/run`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: 'return require("lodash").sum(input)', input: [1, 2] }),
  })
  assert.equal((await response.json()).result, 3)
  for (const path of ['', '/app.js', '/app.css', '/icon.svg', '/licenses.txt']) {
    const file = await fetch(`${server.adminUrl}/playground${path}`)
    assert.equal(file.status, 200, path)
    assert.ok((await file.text()).length > 100, path)
  }
} finally {
  await server.close()
}
