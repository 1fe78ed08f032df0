/** Pages while they are written: in a browser, each change shows without a visit, and the next answer of the server has it too. */
import assert from 'node:assert/strict'
import { on, once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { RunningServer } from '@evenkeel/server'
import { browserSkip, launchBrowser, watchPage } from './support/browser.ts'
import { copySite, get, rootOf, serveSite, type SiteCopy } from './support/site.ts'

interface Bench {
  readonly site: SiteCopy
  readonly server: RunningServer
  readonly page: Page
  readonly complaints: readonly string[]
  readonly edit: (file: string, change: (text: string) => string) => void
}

async function bench(t: TestContext, name: string, packages?: Readonly<Record<string, string>>): Promise<Bench> {
  const stack = new AsyncDisposableStack()
  t.after(() => stack.disposeAsync())
  const site = stack.use(copySite(name, packages))
  const server = stack.use(await serveSite(site, { dev: true }))
  const browser = stack.use(await launchBrowser())
  const page = await browser.newPage()
  const edit = (file: string, change: (text: string) => string): void => {
    const path = join(site.dir, file)
    writeFileSync(path, change(readFileSync(path, 'utf8')))
  }
  return { site, server, page, complaints: watchPage(page), edit }
}

/** Asks until the answer is as expected: how long a file system takes to tell of a change is not known. */
async function eventually(server: RunningServer, path: string, expected: RegExp): Promise<void> {
  for (let answer = await get(server, path); !expected.test(answer.text); answer = await get(server, path))
    await new Promise((resolve) => setTimeout(resolve, 20))
}

test('a change shows in the browser with its state kept, and in the next answer', { skip: browserSkip }, async (t) => {
  const { server, page, complaints, edit } = await bench(t, 'basic')
  await page.goto(`${server.url}/?n=7`)
  await page.getByRole('button').click()
  await page.getByText('Count is 8').waitFor()
  assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('button')).fontSize`), '40px')

  edit('pages/index.tsx', (text) => text.replace('Count is', 'Sum is'))
  // State is kept: a page that was loaded again would say 7.
  await page.getByText('Sum is 8').waitFor()
  await eventually(server, '/', /Sum is/)
  edit('pages/home.module.css', (text) => text.replace('40px', '50px'))
  await page.waitForFunction(`getComputedStyle(document.querySelector('button')).fontSize === '50px'`)
  assert.deepEqual(complaints, [])
})

test('a nested component, a folder made later and a removed page are noticed', { skip: browserSkip }, async (t) => {
  const { site, server, page, edit } = await bench(t, 'basic')
  mkdirSync(join(site.dir, 'pages', 'later', '_parts'), { recursive: true })
  writeFileSync(join(site.dir, 'pages', 'later', '_parts', 'name.tsx'), `export const Name = () => <b>first</b>\n`)
  writeFileSync(
    join(site.dir, 'pages', 'later', 'new.tsx'),
    `import { Name } from './_parts/name.tsx'\nexport default () => <h1>Hello <Name /></h1>\n`,
  )
  await eventually(server, '/later/new', /first/)
  await page.goto(`${server.url}/later/new`)
  await page.getByText('first').waitFor()
  edit('pages/later/_parts/name.tsx', (text) => text.replace('first', 'second'))
  await page.getByText('second').waitFor()
  await eventually(server, '/later/new', /second/)
  rmSync(join(site.dir, 'pages', 'later', 'new.tsx'))
  await eventually(server, '/later/new', /Nothing here/)
  assert.equal((await get(server, '/later/new')).status, 404)
})

test(
  'mistakes are shown with their place in the source, and go when they are mended',
  { skip: browserSkip },
  async (t) => {
    const { server, page, edit } = await bench(t, 'basic')
    assert.equal((await get(server, '/a/b/c')).status, 200)
    edit('pages/a/b/c.tsx', (text) => text.replace('return (', 'return ( <'))
    await eventually(server, '/a/b/c', /pages\/a\/b\/c\.tsx:\d+/)
    assert.equal((await get(server, '/a/b/c')).status, 500)
    await page.goto(`${server.url}/a/b/c`)
    await page.locator('vite-error-overlay').waitFor()
    edit('pages/a/b/c.tsx', (text) => text.replace('return ( <', 'return ('))
    await page.getByRole('button').waitFor()

    edit('pages/a/b/c.tsx', (text) =>
      text.replace('return (', `if (Number('1') === 1) throw new Error('in the render')\n  return (`),
    )
    await eventually(server, '/a/b/c', /in the render/)
    const { text } = await get(server, '/a/b/c')
    const line = readLine(text)
    assert.match(line, /throw new Error/)
    edit('pages/a/b/c.tsx', (source) => source.replace(/if \(Number.*\n/, ''))
    await page.getByRole('button', { name: 'off' }).waitFor()
  },
)

test('a mistake that is mended before the browser listens is not shown for ever', async () => {
  using site = copySite('basic')
  const file = join(site.dir, 'pages', 'a', 'b', 'c.tsx')
  const source = readFileSync(file, 'utf8')
  await using server = await serveSite(site, { dev: true })
  writeFileSync(file, source.replace('return (', 'return ( <'))
  await eventually(server, '/a/b/c', /pages\/a\/b\/c\.tsx:\d+/)
  const shown = (await get(server, '/a/b/c')).text
  writeFileSync(file, source)
  await eventually(server, '/a/b/c', /<button/)
  // As its script does once it is told of changes, which it was not when the file was mended.
  const [, event, version] = /hot\.send\('([^']+)', (\d+)\)/.exec(shown) ?? []
  const [, token] = /wsToken = "([^"]+)"/.exec((await get(server, '/@vite/client')).text) ?? []
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/?token=${token}`, 'vite-hmr')
  const messages = on(socket, 'message')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'custom', event, data: Number(version) }))
  for await (const [{ data }] of messages as AsyncIterable<[MessageEvent<string>]>)
    if ((JSON.parse(data) as { type: string }).type === 'full-reload') break
  socket.close()
  await once(socket, 'close')
})

test('the last of several saves shows, also when they follow each other at once', async () => {
  using site = copySite('basic')
  await using server = await serveSite(site, { dev: true })
  const file = join(site.dir, 'pages', 'a', 'b', 'c.tsx')
  const save = (text: string): void => writeFileSync(file, `export default () => <h1>${text}</h1>\n`)
  assert.equal((await get(server, '/a/b/c')).status, 200)
  for (let round = 0; round < 5; round += 1) {
    save(`first ${round}`)
    await eventually(server, '/a/b/c', new RegExp(`first ${round}`))
    save(`second ${round}`)
    await eventually(server, '/a/b/c', new RegExp(`second ${round}`))
  }
})

test('a page that cannot be imported fails alone, and is there once it is mended', async () => {
  using site = copySite('basic')
  const file = join(site.dir, 'pages', 'a', 'b', 'c.tsx')
  const source = readFileSync(file, 'utf8')
  writeFileSync(file, `import { gone } from './gone.ts'\nconsole.log(gone)\n${source}`)
  writeFileSync(join(site.dir, 'pages', 'bad.tsx'), `throw new Error('bad at load')\nexport default () => null\n`)
  await using server = await serveSite(site, { dev: true })
  const broken = await get(server, '/a/b/c')
  assert.equal(broken.status, 500)
  assert.match(broken.text, /gone\.ts[\s\S]*pages\/a\/b\/c\.tsx/)
  assert.deepEqual([(await get(server, '/')).status, (await get(server, '/nowhere')).status], [200, 404])
  writeFileSync(file, source)
  await eventually(server, '/a/b/c', />off</)
  const bad = await get(server, '/bad')
  assert.equal(bad.status, 500)
  assert.match(bad.text, /bad at load[\s\S]*pages\/bad\.tsx:\d+/)
})

test('the text of an error is never markup, also where it is shown', async () => {
  using site = copySite('basic')
  const throwing = (name: string, message: string): void =>
    writeFileSync(
      join(site.dir, 'pages', `${name}.tsx`),
      `export default () => {\n  throw new Error(${JSON.stringify(message)})\n}\n`,
    )
  throwing('plain', 'what is shown')
  throwing('evil', 'what is shown --></script><script>alert(1)</script><img src=x onerror=alert(2)>')
  await using server = await serveSite(site, { dev: true })
  const [plain, evil] = [await get(server, '/plain'), await get(server, '/evil')]
  assert.deepEqual([plain.status, evil.status], [500, 500])
  assert.ok(plain.text.includes('what is shown') && evil.text.includes('what is shown'))
  const tags = ({ text }: { readonly text: string }): readonly string[] =>
    [...text.matchAll(/<\/?[a-z]+|<!/gi)].map(([tag]) => tag)
  assert.deepEqual(tags(evil), tags(plain))
})

test('a hundred first visitors cause one evaluation', async () => {
  using site = copySite('basic')
  const counter = `evaluated${process.pid}`
  writeFileSync(
    join(site.dir, 'pages', 'counted.tsx'),
    `const times = (globalThis.${counter} ?? 0) + 1\nglobalThis.${counter} = times\nexport default () => <p>{times}</p>\n`,
  )
  await using server = await serveSite(site, { dev: true })
  const answers = await Promise.all(Array.from({ length: 100 }, () => get(server, '/counted')))
  assert.deepEqual(
    new Set(answers.map(({ status, text }) => `${status} ${rootOf(text)}`)),
    new Set(['200 <main><p>1</p></main>']),
  )
})

test('an app of React Router is served as it is written', { skip: browserSkip }, async (t) => {
  const packages = { react: 'react', 'react-dom': 'react-dom', 'react-router': 'react-router' }
  const { server, page, complaints, edit } = await bench(t, 'router', packages)
  assert.match(rootOf((await get(server, '/board/1')).text), /Board 1/)
  assert.equal((await get(server, '/nowhere')).status, 404)
  await page.goto(`${server.url}/board/1`)
  await page.getByRole('link', { name: 'two' }).click()
  await page.getByRole('heading', { name: 'Board 2' }).waitFor()
  edit('pages/[...path].tsx', (text) => text.replace('<h1>Board', '<h1>Plank'))
  await page.getByRole('heading', { name: 'Plank' }).waitFor()
  await eventually(server, '/board/1', /Plank/)
  assert.deepEqual(complaints, [])
})

/** The line of the code frame that is marked. */
function readLine(html: string): string {
  const lines = html.split('\n')
  return lines[lines.findIndex((line) => /^ +\| +\^/.test(line)) - 1] ?? ''
}
