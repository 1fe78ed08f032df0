import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { promisify } from 'node:util'
import { makeFolder } from '../../src/util/make-folder.ts'
import { writeWhole } from '../../src/util/write-whole.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-whole-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('folders are made, a file is replaced, and nothing else is left', async () => {
  const path = join(folder, 'a', 'b', 'result.json')
  await writeWhole(path, 'first')
  await writeWhole(path, 'second')
  assert.equal(await readFile(path, 'utf8'), 'second')
  assert.deepEqual(await readdir(join(folder, 'a', 'b')), ['result.json'])
})

const noPipes = process.platform === 'win32' ? 'named pipes are files of POSIX systems' : false

test('a pipe is written to and stays a pipe', { skip: noPipes }, async () => {
  const path = join(folder, 'pipe')
  await promisify(execFile)('mkfifo', [path])
  const [text] = await Promise.all([readFile(path, 'utf8'), writeWhole(path, 'through')])
  assert.equal(text, 'through')
  assert.ok((await stat(path)).isFIFO())
})

test('a file where a folder should be is an error, and stays', async () => {
  const file = join(folder, 'file')
  await writeFile(file, 'kept')
  await assert.rejects(writeWhole(join(file, 'result.json'), 'text'), { code: 'EEXIST' })
  assert.equal(await readFile(file, 'utf8'), 'kept')
})

const noProc = existsSync('/proc/self') ? false : 'there is no /proc here'

test('a folder of the kernel refuses a folder below it, and does so at once', { skip: noProc }, async () => {
  await assert.rejects(makeFolder('/proc/nope/deeper'), { code: 'ENOENT' })
})
