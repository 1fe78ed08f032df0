/** A Hono API with a cache in front of slow work: frameworks that export `fetch` run as they are. */
import { setTimeout as wait } from 'node:timers/promises'
import type { BindingsConfig, EnvOf } from '@evenkeel/server/bindings'
import { Hono } from 'hono'

const bindings = {
  CACHE: { type: 'cache', maxBytes: 1_048_576, ttlMs: 60_000 },
  CITY: 'Brno',
} as const satisfies BindingsConfig
type Env = EnvOf<typeof bindings>

const api = new Hono<{ Bindings: Env }>()
let forecasts = 0

api.get('/forecast/:city', async ({ req, env, json }) => {
  const city = req.param('city')
  const forecast = await env.CACHE.getOrSet(city, async () => {
    forecasts += 1
    await wait(20)
    return { city, degrees: city.length + 10, number: forecasts }
  })
  return json(forecast)
})
api.get('/', ({ env, redirect }) => redirect(`/forecast/${env.CITY}`))
api.onError((error, { json }) => json({ error: error.message }, 500))

export default { bindings, fetch: api.fetch }
