export default function Failed({ status }: { readonly status: number }) {
  return <h1>Failed with {status}</h1>
}
