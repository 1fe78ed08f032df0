import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import type { Load } from '@evenkeel/server/page'

const visitor = new AsyncLocalStorage<string>()

/** Says in three ways who asks: all must be the same. */
export const load: Load = ({ request }) => {
  const id = request.headers.get('x-visitor') ?? 'nobody'
  return visitor.run(id, async () => {
    for (let turns = id.length % 3; turns >= 0; turns -= 1) await turn()
    return { id, stored: visitor.getStore() }
  })
}

export default function Who({
  id,
  stored,
  path,
}: {
  readonly id: string
  readonly stored: string
  readonly path: string
}) {
  return <p>{`${id} ${stored} ${path} ${String((globalThis as { pwned?: unknown }).pwned)}`}</p>
}
