import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOf, isolatePool, runBlock } from '../support/pool.ts'

const secret = 'canary-7f3a9b'

const hide = `
  globalThis.secret = input.secret
  Object.prototype.secret = input.secret
  /${'('}${secret}${')'}/.exec(input.secret)
  console.log(input.secret)
  new Uint8Array(65536).fill(99)
  setTimeout(() => {}, 1e6)
  const buffer = new Uint8Array(1e6).map((_, i) => input.secret.charCodeAt(i % input.secret.length))
  globalThis.buffer = buffer
  return buffer.length`

const seek = `
  const texts = [RegExp.$1, RegExp.lastMatch, RegExp.input, RegExp.leftContext]
  for (const key of Reflect.ownKeys(globalThis)) { try { texts.push(String(globalThis[key])) } catch {} }
  const bytes = new Uint8Array(1e6)
  let text = ''
  for (let i = 0; i < bytes.length; i += 997) text += String.fromCharCode(bytes[i])
  return [texts.some((each) => each.includes(input.part)), bytes.some((byte) => byte !== 0), typeof secret, typeof {}.secret]`

test('nothing of one tenant can be found by another in the same host', async () => {
  await using pool = await isolatePool({ hosts: 1 })
  for (let round = 0; round < 10; round += 1) {
    await runBlock(pool, hide, { tenant: 'keeper', input: JSON.stringify({ secret }) })
    const found = endOf(
      await runBlock(pool, seek, {
        tenant: `seeker-${round % 3}`,
        input: JSON.stringify({ part: secret.slice(0, 6) }),
      }),
    )
    assert.deepEqual(found, [false, false, 'undefined', 'undefined'])
  }
})
