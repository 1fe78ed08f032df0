import type { Load } from '@evenkeel/server/page'

export const load: Load = ({ query }) => {
  const cycle: Record<string, unknown> = { name: 'cycle' }
  cycle['self'] = cycle
  const values: Record<string, unknown> = {
    rich: { date: new Date(0), big: 10n, map: new Map([['a', 1]]), nothing: undefined, cycle },
    array: [],
    number: 5,
    text: 's',
    none: null,
    function: { run: () => undefined },
  }
  return values[String(query['kind'])] as object
}

export default function Values(props: {
  readonly date?: Date
  readonly big?: bigint
  readonly map?: Map<string, number>
}) {
  return (
    <p>
      {props.date?.toISOString()} {String(props.big)} {props.map?.get('a')}
    </p>
  )
}
