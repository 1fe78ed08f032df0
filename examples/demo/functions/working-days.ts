/** Days from Monday to Friday from one date to another, both included. */
export default function (input: { readonly from: string; readonly to: string }): number {
  const from = Date.parse(`${input.from}T00:00:00Z`)
  const to = Date.parse(`${input.to}T00:00:00Z`)
  if (Number.isNaN(from) || Number.isNaN(to)) throw new RangeError('"from" and "to" must be dates such as 2026-01-31')
  const days = Math.floor((to - from) / 86_400_000) + 1
  if (days < 1 || days > 36_600) throw new RangeError('"to" must be after "from", within a hundred years')
  const weekday = new Date(from).getUTCDay()
  return Array.from({ length: days }, (_, index) => (weekday + index) % 7).filter((day) => day > 0 && day < 6).length
}
