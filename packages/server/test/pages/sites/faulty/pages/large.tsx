export default function Large({ query }: { readonly query: { readonly rows?: string } }) {
  const rows = Array.from({ length: Number(query.rows ?? 1) }, (_, index) => <li key={index}>row {index}</li>)
  return <ul>{rows}</ul>
}
