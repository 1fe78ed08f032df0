/** `crypto` of Node and of the web, against known answers and against themselves. */
import assert from 'node:assert/strict'
import { createHmac, createPublicKey, pbkdf2Sync, scryptSync, verify } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts: 1, spares: 0 } })
})
after(() => server[Symbol.asyncDispose]())

const run = async (code: string): Promise<unknown> => {
  const { body } = await server.run(`const c = require('crypto'); ${code}`, { limits: { cpuMs: 5_000 } })
  assert.ok('result' in body, JSON.stringify(body.error))
  return body.result
}

test('digests, key derivation and MACs agree with Node', async () => {
  assert.deepEqual(
    await run(
      `return [c.createHash('md5').update('a').update('b').digest('hex'), c.hash('sha1', 'abc'), c.createHmac('sha512', 'k').update('m').digest('base64'), c.pbkdf2Sync('p', 's', 1000, 40, 'sha256').toString('hex'), c.scryptSync('p', 's', 32).toString('hex')]`,
    ),
    [
      '187ef4436122d1cc2f40dc2b92f0eba0',
      'a9993e364706816aba3e25717850c26c9cd0d89d',
      createHmac('sha512', 'k').update('m').digest('base64'),
      pbkdf2Sync('p', 's', 1000, 40, 'sha256').toString('hex'),
      scryptSync('p', 's', 32).toString('hex'),
    ],
  )
})

test('a signature made inside is valid outside', async () => {
  for (const [type, options, digest] of [
    ['rsa', '{ modulusLength: 2048 }', 'sha256'],
    ['ec', '{ namedCurve: "prime256v1" }', 'sha256'],
    ['ed25519', '{}', null],
  ] as const) {
    const [pem, signature] = (await run(
      `const { publicKey, privateKey } = c.generateKeyPairSync('${type}', ${options}); return [publicKey.export({ type: 'spki', format: 'pem' }), c.sign(${JSON.stringify(digest)}, Buffer.from('m'), privateKey).toString('base64')]`,
    )) as [string, string]
    assert.equal(verify(digest, Buffer.from('m'), createPublicKey(pem), Buffer.from(signature, 'base64')), true, type)
  }
})

const same: readonly string[] = [
  `const k = c.randomBytes(32), iv = c.randomBytes(12); const e = c.createCipheriv('aes-256-gcm', k, iv).setAAD(Buffer.from('x')); const t = Buffer.concat([e.update('m'), e.final()]); const d = c.createDecipheriv('aes-256-gcm', k, iv).setAAD(Buffer.from('x')).setAuthTag(e.getAuthTag()); return d.update(t, null, 'utf8') + d.final('utf8') === 'm'`,
  `const e = c.createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)); return e.update('stream', 'utf8', 'hex').length === 12`,
  `const { publicKey, privateKey } = c.generateKeyPairSync('rsa', { modulusLength: 2048 }); return c.privateDecrypt(privateKey, c.publicEncrypt(publicKey, Buffer.from('m'))).toString() === 'm'`,
  `const pair = c.generateKeyPairSync('ec', { namedCurve: 'P-384', privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }, publicKeyEncoding: { type: 'spki', format: 'pem' } }); return c.createPrivateKey({ key: pair.privateKey, passphrase: 'x' }).asymmetricKeyDetails.namedCurve === 'secp384r1'`,
  `const [a, b] = [c.createECDH('secp256k1'), c.createECDH('secp256k1')]; a.generateKeys(); b.generateKeys(); return a.computeSecret(b.getPublicKey('hex'), 'hex', 'hex') === b.computeSecret(a.getPublicKey(), null, 'hex')`,
  `const [a, b] = [c.generateKeyPairSync('x25519'), c.generateKeyPairSync('x25519')]; return c.diffieHellman({ privateKey: a.privateKey, publicKey: b.publicKey }).equals(c.diffieHellman({ privateKey: b.privateKey, publicKey: a.publicKey }))`,
  `const jwk = c.generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }); return c.createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyType === 'ed25519'`,
  `return (await require('util').promisify(c.generateKeyPair)('ed25519')).privateKey.type === 'private'`,
  `return await new Promise((r) => c.pbkdf2('p', 's', 10, 16, 'sha1', (e, k) => r(k.length === 16)))`,
  `try { c.timingSafeEqual(Buffer.from('a'), Buffer.from('bb')) } catch (e) { return e instanceof RangeError && c.timingSafeEqual(Buffer.from('a'), Buffer.from('a')) }`,
  `const s = new Set(Array.from({ length: 200 }, () => c.randomInt(3))); return s.size === 3 && /^[\\da-f-]{36}$/.test(c.randomUUID()) && c.getHashes().includes('sha256')`,
  `const s = c.webcrypto.subtle; const k = await s.generateKey({ name: 'RSA-OAEP', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['encrypt', 'decrypt']); return Buffer.from(await s.decrypt('RSA-OAEP', k.privateKey, await s.encrypt('RSA-OAEP', k.publicKey, Buffer.from('m')))).toString() === 'm'`,
  `const s = crypto.subtle; for (const [gen, alg] of [[{ name: 'RSA-PSS', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, { name: 'RSA-PSS', saltLength: 32 }], [{ name: 'ECDSA', namedCurve: 'P-521' }, { name: 'ECDSA', hash: 'SHA-512' }], ['Ed25519', 'Ed25519']]) { const k = await s.generateKey(gen, true, ['sign', 'verify']); const sig = await s.sign(alg, k.privateKey, Buffer.from('m')); if (!(await s.verify(alg, k.publicKey, sig, Buffer.from('m'))) || (await s.verify(alg, k.publicKey, sig, Buffer.from('n')))) return alg } return true`,
  `const s = crypto.subtle; const a = await s.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']); const raw = await s.exportKey('raw', a.publicKey); const again = await s.importKey('raw', raw, { name: 'ECDH', namedCurve: 'P-256' }, true, []); return (await s.deriveBits({ name: 'ECDH', public: again }, a.privateKey, 256)).byteLength === 32`,
  `const s = crypto.subtle; const hmac = { name: 'HMAC', hash: 'SHA-256' }; const ends = await Promise.allSettled([s.importKey('raw', Buffer.alloc(16), 'AES-CBC', true, ['sign']), s.importKey('jwk', { kty: 'oct', k: 'AAAA', ext: false }, hmac, true, ['sign']), s.importKey('jwk', { kty: 'oct', k: 'AAAA', use: 'enc' }, hmac, true, ['sign']), s.importKey('jwk', { kty: 'oct', k: 'AAAA', key_ops: ['verify'] }, hmac, true, ['sign']), s.importKey('raw', Buffer.alloc(8), 'PBKDF2', true, ['deriveBits']), s.digest({}, Buffer.alloc(1))]); return ends.map(({ reason }) => reason?.name).join() === 'SyntaxError,DataError,DataError,DataError,SyntaxError,TypeError'`,
  `const s = crypto.subtle; const k = await s.importKey('raw', Buffer.alloc(8), 'HKDF', false, ['deriveBits']); const by = { name: 'HKDF', hash: 'SHA-256', salt: Buffer.alloc(0), info: Buffer.alloc(0) }; const jwk = await s.exportKey('jwk', await s.importKey('raw', Buffer.alloc(16), 'AES-GCM', true, ['encrypt'])); return (await s.deriveBits(by, k, 0)).byteLength === 0 && jwk.alg === 'A128GCM'`,
  `const s = crypto.subtle; const k = await s.importKey('raw', Buffer.alloc(16), 'AES-CBC', false, ['encrypt']); try { await s.exportKey('raw', k) } catch (e) { try { await s.decrypt({ name: 'AES-CBC', iv: Buffer.alloc(16) }, k, Buffer.alloc(16)) } catch (f) { return e.name === 'InvalidAccessError' && f.name === 'InvalidAccessError' } }`,
  `try { crypto.getRandomValues(new Uint8Array(65537)) } catch (e) { return e.name === 'QuotaExceededError' && crypto.getRandomValues(new Uint32Array(2)).length === 2 }`,
]
for (const code of same) test(code.slice(0, 100), async () => assert.equal(await run(code), true))

const tooMuch: readonly string[] = [
  `c.pbkdf2Sync('p', 's', 2 ** 31 - 1, 64, 'sha512')`,
  `c.pbkdf2Sync('p', 's', 100000, 65536, 'sha1')`,
  `c.scryptSync('p', 's', 32, { N: 2 ** 24, maxmem: 2 ** 40 })`,
  `c.generateKeyPairSync('rsa', { modulusLength: 16384 })`,
  `c.randomBytes(2 ** 40)`,
  `for (let i = 0; i < 1000; i++) c.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16))`,
]
for (const code of tooMuch)
  test(`is refused before it begins: ${code}`, async () => {
    const { body, elapsedMs } = await server.run(`const c = require('crypto'); ${code}; return 1`)
    assert.equal(body.error?.type, 'RangeError', JSON.stringify(body.error))
    assert.ok(elapsedMs < 2_000)
  })

test('an encrypted key that asks for a billion rounds is refused', async () => {
  const result = await run(`
const { privateKey } = c.generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'x' } })
const at = privateKey.indexOf(Buffer.from('02020800', 'hex'))
if (at === -1) return 'no count of 2048'
privateKey.writeUInt16BE(0x7fff, at + 2)
const ok = (() => { try { c.createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8', passphrase: 'x' }); return 'read' } catch (e) { return e.name } })()
const huge = Buffer.concat([privateKey.subarray(0, at), Buffer.from('02047fffffff', 'hex'), privateKey.subarray(at + 4)])
try { c.createPrivateKey({ key: huge, format: 'der', type: 'pkcs8', passphrase: 'x' }) } catch (e) { return [ok, e.name] }`)
  assert.deepEqual(result, ['Error', 'RangeError'])
})

test('keys show none of their bytes', async () => {
  const { body } = await server.run(
    `const c = require('crypto'); const s = c.createSecretKey('topsecret-topsecret'); const k = await crypto.subtle.importKey('raw', Buffer.from('topsecret-topsecret'), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']); console.log(s, k, { s }, [k]); console.dir(s); return [JSON.stringify(s), JSON.stringify(k)]`,
  )
  assert.doesNotMatch(JSON.stringify(body), /topsecret|746f70736563/)
})
