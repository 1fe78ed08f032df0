import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteCookie, readCookies, setCookie } from '../../../src/apps/web/cookies.ts'
import { readForm, type FormLimits, type FormOutcome } from '../../../src/apps/web/read-form.ts'
import { redirect } from '../../../src/apps/web/redirect.ts'

const post = (body: BodyInit, headers: Record<string, string> = {}): Request =>
  new Request('http://localhost/form', { method: 'POST', body, headers })

async function read(request: Request, limits: FormLimits = {}): Promise<FormData> {
  const outcome = await readForm(request, limits)
  return outcome.status === 'read' ? outcome.form : assert.fail(outcome.error)
}

async function refusedWith(request: Request, limits: FormLimits = {}): Promise<readonly [number, string]> {
  const outcome: FormOutcome = await readForm(request, limits)
  assert.equal(outcome.status, 'refused')
  const body = (await outcome.response.json()) as { error: { code: string; message: string } }
  assert.equal(outcome.response.status, outcome.error.status)
  return [outcome.response.status, body.error.code]
}

test('a form of fields, with repeated names and any text', async () => {
  const form = await read(
    post(
      new URLSearchParams([
        ['a', '1'],
        ['a', 'ž&=%'],
        ['b', ''],
      ]),
    ),
  )
  assert.deepEqual(
    [...form],
    [
      ['a', '1'],
      ['a', 'ž&=%'],
      ['b', ''],
    ],
  )
  assert.deepEqual(
    [...(await read(post('a=%zz', { 'content-type': 'application/x-www-form-urlencoded' })))],
    [['a', '%zz']],
  )
})

test('a form with files, byte for byte, in memory or wherever they are put', async () => {
  const bytes = new Uint8Array(100_000).map((_, index) => index % 256)
  const body = (): FormData => {
    const form = new FormData()
    form.append('title', 'Photo')
    form.append('photo', new File([bytes], 'š.bin', { type: 'image/png' }))
    return form
  }
  const form = await read(post(body()))
  const file = form.get('photo') as File
  assert.deepEqual([form.get('title'), file.name, file.type], ['Photo', 'š.bin', 'image/png'])
  assert.deepEqual(await file.bytes(), bytes)
  const put: [string, number][] = []
  const elsewhere = await read(post(body()), {
    onFile: (each, field) => {
      put.push([field, each.size])
      return 'stored/1'
    },
  })
  assert.deepEqual([put, elsewhere.get('photo')], [[['photo', 100_000]], 'stored/1'])
})

test('what is above a limit is 413, what is no form 415, what is malformed 400', async () => {
  const files = (count: number, size: number): FormData => {
    const form = new FormData()
    for (let index = 0; index < count; index += 1) form.append(`f${index}`, new File([new Uint8Array(size)], 'f'))
    return form
  }
  const fields = new URLSearchParams(Array.from({ length: 20 }, (_, index) => [`f${index}`, 'x']))
  const tooLarge = [413, 'EK_REQUEST_TOO_LARGE']
  assert.deepEqual(await refusedWith(post(files(1, 5_000)), { maxFileBytes: 4_000 }), tooLarge)
  assert.deepEqual(await refusedWith(post(files(3, 10)), { maxFiles: 2 }), tooLarge)
  assert.deepEqual(await refusedWith(post(files(3, 1_000)), { maxBytes: 2_000 }), tooLarge)
  assert.deepEqual(await refusedWith(post(files(20, 1)), { maxFields: 10 }), tooLarge)
  assert.deepEqual(await refusedWith(post(fields), { maxFields: 10 }), tooLarge)
  assert.deepEqual(await refusedWith(post(fields), { maxBytes: 20 }), tooLarge)
  assert.deepEqual(await refusedWith(post('{}', { 'content-type': 'application/json' })), [
    415,
    'EK_REQUEST_MEDIA_TYPE',
  ])
  assert.deepEqual(await refusedWith(new Request('http://localhost/')), [415, 'EK_REQUEST_MEDIA_TYPE'])
  const multipart = { 'content-type': 'multipart/form-data; boundary=x' }
  assert.deepEqual(await refusedWith(post('--x\r\ncontent-disposition: form', multipart)), [
    400,
    'EK_REQUEST_MALFORMED',
  ])
  assert.deepEqual(await refusedWith(post('a', { 'content-type': 'multipart/form-data' })), [
    400,
    'EK_REQUEST_MALFORMED',
  ])
})

test('a body without a length is cut at the limit, before the rest is read', async () => {
  let pulled = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1
      controller.enqueue(new TextEncoder().encode(`a${pulled}=${'x'.repeat(10_000)}&`))
    },
  })
  const init = {
    method: 'POST',
    body,
    duplex: 'half',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  } as const
  assert.deepEqual(await refusedWith(new Request('http://localhost/', init), { maxBytes: 50_000 }), [
    413,
    'EK_REQUEST_TOO_LARGE',
  ])
  assert.ok(pulled < 20, `${pulled} chunks were read`)
})

test("what putting a file somewhere throws is the app's, not the client's", async () => {
  const form = new FormData()
  form.append('f', new File(['x'], 'f'))
  const disk = new Error('disk full')
  await assert.rejects(readForm(post(form), { onFile: () => Promise.reject(disk) }), disk)
})

test('cookies are read by name, and set one header each, safe by default', () => {
  const request = new Request('http://localhost/', { headers: { cookie: 'a=1; b=%C5%BE; a=2; bad=%zz' } })
  assert.deepEqual({ ...readCookies(request) }, { a: '1', b: 'ž', bad: '%zz' })
  assert.equal(readCookies(new Request('http://localhost/'))['toString'], undefined)
  const headers = new Headers()
  setCookie(headers, 'session', 'a;b', { maxAgeS: 60 })
  setCookie(headers, 'plain', 'x', {
    httpOnly: false,
    secure: false,
    sameSite: 'none',
    path: '/p',
    domain: 'example.com',
  })
  deleteCookie(headers, 'old')
  assert.deepEqual(headers.getSetCookie(), [
    'session=a%3Bb; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax',
    'plain=x; Domain=example.com; Path=/p; SameSite=None',
    'old=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
  ])
  assert.throws(() => setCookie(headers, 'a b', 'x'), { code: 'EK_WEB_COOKIE', message: /"a b"/ })
})

test('a redirect leads to a relative or another address, never to a script', () => {
  const locationOf = (response: Response): readonly [number, string | null] => [
    response.status,
    response.headers.get('location'),
  ]
  assert.deepEqual(locationOf(redirect('/a?b=ž', { status: 303 })), [303, '/a?b=%C5%BE'])
  assert.deepEqual(locationOf(redirect('../x%20y')), [302, '../x%20y'])
  assert.deepEqual(locationOf(redirect('https://example.com/', { headers: { 'x-a': '1' } })), [
    302,
    'https://example.com/',
  ])
  for (const location of [
    'javascript:alert(1)',
    'data:text/html,x',
    '/a\r\nset-cookie: x=1',
    '\t//evil.example',
    'http://',
  ])
    assert.throws(() => redirect(location), { code: 'EK_WEB_REDIRECT' }, location)
  assert.throws(() => redirect('/', { status: 200 as 302 }), { code: 'EK_WEB_REDIRECT' })
})

test('a redirect that stays on the site refuses every way out', () => {
  const sameOrigin = new Request('http://shop.example/login?next=x')
  assert.equal(redirect('/cart', { sameOrigin }).headers.get('location'), '/cart')
  assert.equal(redirect('http://shop.example/cart', { sameOrigin }).status, 302)
  for (const location of [
    '//evil.example',
    '/\\evil.example',
    'https://shop.example/',
    'http://shop.example@evil.example/',
    String.raw`\\evil.example`,
  ])
    assert.throws(() => redirect(location, { sameOrigin }), { code: 'EK_WEB_REDIRECT' }, location)
})
