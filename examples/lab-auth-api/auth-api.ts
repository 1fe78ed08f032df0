import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { RequestBook } from './request-book.ts'
import { slowLog } from './slow-log.ts'

export interface Faults {
  /** Writes a coloured log line for every request, the slow way. */
  readonly slowLog: boolean
  /** Keeps every request for ever. */
  readonly leak: boolean
}

interface Account {
  readonly email: string
  readonly salt: Uint8Array
  readonly hash: Uint8Array
  readonly profile: string
}

const credentials = {
  type: 'object',
  required: ['email', 'password'],
  properties: { email: { type: 'string', minLength: 3 }, password: { type: 'string', minLength: 1 } },
} as const

interface Credentials {
  readonly email: string
  readonly password: string
}

/** Sign-up, log-in and profile, with two planted faults for the lab to find. */
export function authApi(faults: Faults): FastifyInstance {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE account (email TEXT PRIMARY KEY, salt BLOB, hash BLOB, profile TEXT)')
  database.exec('CREATE TABLE token (token TEXT PRIMARY KEY, email TEXT)')
  const insertAccount = database.prepare('INSERT OR IGNORE INTO account VALUES (?, ?, ?, ?)')
  const findAccount = database.prepare('SELECT * FROM account WHERE email = ?')
  const insertToken = database.prepare('INSERT INTO token VALUES (?, ?)')
  const findByToken = database.prepare('SELECT account.* FROM token JOIN account USING (email) WHERE token = ?')
  const updateProfile = database.prepare('UPDATE account SET profile = ? WHERE email = ?')

  const app = fastify()
  if (faults.slowLog) app.addHook('onResponse', slowLog)
  if (faults.leak) app.addHook('onRequest', new RequestBook().hook)
  app.addHook('onClose', () => database.close())

  app.post<{ Body: Credentials }>('/signup', { schema: { body: credentials } }, (request, reply) => {
    const { email, password } = request.body
    const salt = randomBytes(16)
    const { changes } = insertAccount.run(email, salt, hashOf(password, salt), '{}')
    return changes === 0 ? reply.code(409).send({ error: 'taken' }) : reply.code(201).send({ data: { email } })
  })

  app.post<{ Body: Credentials }>('/login', { schema: { body: credentials } }, (request, reply) => {
    const { email, password } = request.body
    const account = findAccount.get(email) as Account | undefined
    const right = account !== undefined && timingSafeEqual(hashOf(password, account.salt), account.hash)
    if (!right) return reply.code(401).send({ error: 'wrong' })
    const token = randomBytes(24).toString('hex')
    insertToken.run(token, email)
    return reply.send({ data: { token } })
  })

  app.get('/user/info', (request, reply) => {
    const account = accountOf(request)
    return account === undefined
      ? unauthorized(reply)
      : reply.send({ data: { email: account.email, ...profileOf(account) } })
  })

  app.patch<{ Body: Record<string, unknown> }>('/user/info', (request, reply) => {
    const account = accountOf(request)
    if (account === undefined) return unauthorized(reply)
    updateProfile.run(JSON.stringify({ ...profileOf(account), ...request.body }), account.email)
    return reply.code(202).send({ data: {} })
  })

  function accountOf(request: FastifyRequest): Account | undefined {
    const token = /^Bearer (\w+)$/.exec(request.headers.authorization ?? '')?.[1]
    return token === undefined ? undefined : (findByToken.get(token) as Account | undefined)
  }

  return app
}

function profileOf(account: Account): Record<string, unknown> {
  return JSON.parse(account.profile) as Record<string, unknown>
}

function unauthorized(reply: FastifyReply): FastifyReply {
  return reply.code(401).send({ error: 'no token' })
}

/** A cheap hash: the example is about two planted faults, not about the price of a good one. */
function hashOf(password: string, salt: Uint8Array): Buffer {
  return scryptSync(password, salt, 32, { N: 512 })
}
