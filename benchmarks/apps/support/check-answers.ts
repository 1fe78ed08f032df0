import assert from 'node:assert/strict'

/** Asks every route once and throws unless status, size and content are right. */
export async function checkAnswers(url: string): Promise<void> {
  const get = async (path: string, init?: RequestInit): Promise<Record<string, unknown>> => {
    const response = await fetch(url + path, init)
    assert.equal(response.status, 200, `${url}${path}`)
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
    const text = await response.text()
    if (path === '/large') assert.equal(Buffer.byteLength(text), 51_238)
    return JSON.parse(text) as Record<string, unknown>
  }
  assert.equal((await get('/test'))['message'], 'Serial test')
  assert.equal(typeof (await get('/concurrent'))['id'], 'number')
  assert.deepEqual(await get('/stress'), { status: 'ok', load: 'high' })
  assert.deepEqual(await get('/fast'), { type: 'fast' })
  assert.deepEqual(await get('/medium'), { type: 'medium', data: 'some data here' })
  const posted = { method: 'POST', headers: { 'content-type': 'application/json' } }
  assert.deepEqual(await get('/echo', posted), { type: 'echo', body: '' })
  assert.deepEqual(await get('/echo', { ...posted, body: '{"a":1}' }), { type: 'echo', body: '{"a":1}' })
  assert.equal((await get('/stable'))['status'], 'stable')
  assert.equal((await get('/large'))['size'], 51_200)
  assert.deepEqual(await get('/cpu'), { sum: 933_429 })
  assert.equal((await fetch(`${url}/nothing`)).status, 404)
}
