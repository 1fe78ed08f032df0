import type { Load } from '@evenkeel/server/page'

export const load: Load = () => {
  throw new TypeError('the secret of load')
}

export default function LoadThrows() {
  return <p>never</p>
}
