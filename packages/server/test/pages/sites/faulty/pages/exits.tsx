export default function Exits({ query }: { readonly query: { readonly how?: string } }) {
  if (query.how === 'exit') process.exit(0)
  if (query.how === 'abort') process.abort()
  if (query.how === 'timer')
    setTimeout(() => {
      throw new Error('uncaught')
    }, 0)
  if (query.how === 'reject') void Promise.reject(new Error('unhandled'))
  return <p>still here</p>
}
